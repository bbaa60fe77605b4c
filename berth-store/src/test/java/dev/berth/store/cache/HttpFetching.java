package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.nix.PathInfo;
import dev.berth.nix.PublicKey;
import dev.berth.nix.SecretKey;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.Substituters;
import dev.berth.store.cache.FaultyServer.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A cache of two signed paths behind a server that may break in every way, and a store that fetches from it. */
abstract class HttpFetching {
    static final StoreSettings SETTINGS =
            StoreSettings.DEFAULT.withTimeouts(Duration.ofSeconds(2), Duration.ofMillis(700), 2);
    static final SecretKey KEY = SecretKey.generate("cache-1");

    @TempDir
    Path directory;

    Path served;
    private Path target;
    FaultyServer server;
    Store to;
    PathInfo leaf;
    PathInfo top;

    @BeforeEach
    void fillCache() throws IOException {
        served = directory.resolve("served");
        target = directory.resolve("target");
        Path secret = Files.writeString(directory.resolve("secret"), KEY.print());
        NarSource leafTree = Samples.tree(1, 60_000);
        NarSource topTree = Samples.tree(2, 200_000);
        leaf = Samples.info(Samples.path("leaf", 1), leafTree);
        top = Samples.info(Samples.path("top", 2), topTree, leaf.path());
        try (Store store = Stores.open("file://" + served + "?compression=zstd&secret-key=" + secret, SETTINGS)) {
            store.add(leaf, leafTree);
            store.add(top, topTree);
        }
        server = new FaultyServer(served);
        to = Stores.open("file://" + target + "?compression=none", SETTINGS);
    }

    @AfterEach
    void stop() throws IOException {
        to.close();
        server.close();
    }

    void fetch(List<PublicKey> keys, String... uris) {
        try (Substituters substituters = Substituters.open(List.of(uris), keys, SETTINGS)) {
            substituters.fetch(to, List.of(top.path()), CopyProgress.NONE);
        }
    }

    void fetch() {
        fetch(List.of(KEY.publicKey()), server.uri());
    }

    /** Fetching fails in one line that says all of this, and leaves nothing of the top path. */
    void fails(Kind kind, String... words) {
        StoreException e = catchThrowableOfType(StoreException.class, this::fetch);
        assertThat(e).isNotNull();
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
        assertThat(e.getMessage())
                .contains(words)
                .contains(server.uri())
                .doesNotContain("\n")
                .hasSizeLessThan(700);
        assertThat(to.pathInfo(top.path())).isEmpty();
        to.close();
        int registered = to.pathInfo(leaf.path()).isPresent() ? 2 : 0;
        assertThat(Samples.files(target).stream().filter(name -> !name.equals("nix-cache-info")))
                .hasSize(registered)
                .noneMatch(name -> name.startsWith(".berth-tmp"));
    }

    String narInfo(PathInfo info) {
        return "/" + info.path().hashPart() + ".narinfo";
    }

    String narInfoText(PathInfo info) throws IOException {
        return Files.readString(served.resolve(info.path().hashPart() + ".narinfo"));
    }

    String nar(PathInfo info) throws IOException {
        return "/"
                + narInfoText(info)
                        .lines()
                        .filter(line -> line.startsWith("URL: "))
                        .findFirst()
                        .orElseThrow()
                        .substring(5);
    }

    void narInfoIs(PathInfo info, String text) {
        server.on(narInfo(info), _ -> Reply.text(200, text));
    }
}
