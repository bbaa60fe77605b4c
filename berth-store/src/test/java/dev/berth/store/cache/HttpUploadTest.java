package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writing to a cache over HTTP as Nix does: PUT, HEAD before NARs, and what servers may say. */
final class HttpUploadTest {
    private static final StoreSettings QUICK =
            StoreSettings.DEFAULT.withTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(60), 2);

    @TempDir
    private Path directory;

    private final NarSource tree = Samples.tree(1, 300_000);
    private final PathInfo info = Samples.info(Samples.path("p", 1), tree);

    @Test
    void theRealNixReadsWhatWasPut() throws IOException {
        SecretKey key = SecretKey.generate("k-1");
        RealNix nix = new RealNix(directory);
        try (UploadServer server = new UploadServer(directory.resolve("www"));
                Store from = Stores.open("file://" + directory.resolve("from"), QUICK);
                Store to = Stores.open(server.uri() + "?compression=xz&write-nar-listing=true", QUICK)) {
            from.add(info, tree);
            ClosureCopy.copy(
                    from, to, List.of(info.path()), ClosureCopy.Options.TRUSTED.withSigningKey(key), CopyProgress.NONE);
            assertThat(server.requests())
                    .contains("PUT nix-cache-info", "PUT " + info.path().hashPart() + ".ls")
                    .endsWith("PUT " + info.path().hashPart() + ".narinfo")
                    .anyMatch(request -> request.startsWith("HEAD nar/"));
            String full = from.storeDir().print(info.path());
            nix.output(
                    "nix",
                    "--option",
                    "trusted-public-keys",
                    key.publicKey().print(),
                    "copy",
                    "--from",
                    server.uri(),
                    full);
            nix.verifies(nix.uri());
            assertThat(nix.output("nix-store", "-q", "--hash", full))
                    .isEqualTo(info.narHash().toString());
        }
    }

    @Test
    void whatTheRealNixPutIsNotPutAgain() throws IOException {
        RealNix nix = new RealNix(directory);
        Path file = Files.writeString(directory.resolve("file"), "some text");
        String full = nix.add(file);
        try (UploadServer server = new UploadServer(directory.resolve("www"));
                Store from = Stores.open(nix.uri(), QUICK);
                Store to = Stores.open(server.uri(), QUICK)) {
            nix.output("nix", "copy", "--to", server.uri(), full);
            server.requests().clear();
            StorePath path = from.storeDir().parse(full);
            assertThat(ClosureCopy.copy(from, to, List.of(path), ClosureCopy.Options.TRUSTED, CopyProgress.NONE)
                            .copied())
                    .isZero();
            assertThat(server.requests()).noneMatch(request -> request.startsWith("PUT"));
        }
    }

    @Test
    void aNarThatIsThereIsNotSentAgain() throws IOException {
        PathInfo twin = Samples.info(Samples.path("twin", 2), tree);
        try (UploadServer server = new UploadServer(directory.resolve("www"));
                Store store = Stores.open(server.uri(), QUICK)) {
            store.add(info, tree);
            store.add(twin, tree);
            assertThat(server.requests())
                    .filteredOn(request -> request.startsWith("PUT nar/"))
                    .hasSize(1);
            assertThat(Samples.told(store, twin.path())).isEqualTo(info.narHash());
        }
    }

    @Test
    void textIsCompressedIfAskedFor() throws IOException {
        try (UploadServer server = new UploadServer(directory.resolve("www"));
                Store store = Stores.open(server.uri() + "?narinfo-compression=zstd", QUICK);
                Store plain = Stores.open(server.uri(), QUICK)) {
            store.add(info, tree);
            assertThat(directory.resolve("www/" + info.path().hashPart() + ".narinfo.encoding"))
                    .hasContent("zstd");
            assertThat(plain.pathInfo(info.path()).orElseThrow().narHash()).isEqualTo(info.narHash());
        }
    }

    @Test
    void aFailureThatMayPassIsTriedAgain() throws IOException {
        AtomicInteger failures = new AtomicInteger(2);
        try (UploadServer server = new UploadServer(directory.resolve("www"));
                Store store = Stores.open(server.uri(), QUICK)) {
            server.refuse(request -> request.startsWith("PUT nar/") && failures.getAndDecrement() > 0 ? 503 : 0);
            store.add(info, tree);
            assertThat(Samples.told(store, info.path())).isEqualTo(info.narHash());
        }
    }

    @Test
    void refusalsSayWhy() throws IOException {
        Map<Integer, Kind> kinds = Map.of(
                401, Kind.READ_ONLY,
                403, Kind.READ_ONLY,
                405, Kind.READ_ONLY,
                413, Kind.REFUSED,
                500, Kind.UNAVAILABLE,
                507, Kind.NO_SPACE);
        try (UploadServer server = new UploadServer(directory.resolve("www"))) {
            for (Map.Entry<Integer, Kind> entry : kinds.entrySet()) {
                server.requests().clear();
                server.refuse(request -> request.startsWith("PUT nar/") ? entry.getKey() : 0);
                StoreSettings once = QUICK.withTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(60), 0);
                try (Store store = Stores.open(server.uri(), once)) {
                    assertThatThrownBy(() -> store.add(info, tree)).isInstanceOfSatisfying(StoreException.class, e -> {
                        assertThat(e.kind()).isEqualTo(entry.getValue());
                        assertThat(e.getMessage())
                                .contains("status " + entry.getKey() + ": because I say so")
                                .doesNotContain("\n");
                    });
                }
                assertThat(server.requests())
                        .noneMatch(request -> request.endsWith(".narinfo") && request.startsWith("PUT"));
            }
        }
    }
}
