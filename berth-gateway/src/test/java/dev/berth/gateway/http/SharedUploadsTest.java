package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.gateway.ServedStore;
import dev.berth.gateway.ServiceSettings;
import dev.berth.nix.Hash;
import dev.berth.nix.HashFormat;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreSettings;
import dev.berth.store.SubstituterListener;
import dev.berth.testing.S3Server;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads to two gateways over one bucket, as through a load balancer: a narinfo comes to another than its NAR. */
class SharedUploadsTest {
    @TempDir
    private Path directory;

    private CacheFixture gateway(S3Server server, String name) throws IOException {
        Path own = Files.createDirectory(directory.resolve(name));
        return new CacheFixture(
                own,
                ServedStore.recording(
                        server.uri() + "&write-nar-listing=1&disk-cache=" + own.resolve("disk"),
                        ServiceSettings.DEFAULT,
                        StoreSettings.DEFAULT,
                        SubstituterListener.NONE,
                        // One for both, as they share what they know of uses.
                        Optional.of("jdbc:sqlite:" + directory.resolve("usage.sqlite"))),
                CacheSettings.Uploads.ALL,
                true);
    }

    /** What a client uploads of a path. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Upload(PathInfo info, byte[] file, NarInfo narInfo) {
        static Upload of(String name, NarSource tree) throws IOException {
            PathInfo info = CacheFixture.info(name, tree, List.of());
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
                gzip.write(CacheFixture.nar(tree));
            }
            byte[] file = out.toByteArray();
            Hash hash = Hash.sha256(file);
            return new Upload(
                    info,
                    file,
                    new NarInfo(
                            info,
                            "nar/" + hash.format(HashFormat.NIX32, false) + ".nar",
                            "gzip",
                            Optional.of(hash),
                            OptionalLong.of(file.length)));
        }

        String url() {
            return "/" + info.path().hashPart() + ".narinfo";
        }

        int putNar(CacheFixture gateway) throws IOException {
            return writer(gateway).body(file).ask("PUT", "/" + narInfo.url()).status();
        }

        int putNarInfo(CacheFixture gateway) throws IOException {
            return writer(gateway).put(url(), narInfo.print(StoreDir.DEFAULT)).status();
        }
    }

    private static Asked.Of writer(CacheFixture gateway) {
        return gateway.ask().token(CacheFixture.WRITER);
    }

    @Test
    void aNarInfoFindsItsNarWhereverItCame() throws Exception {
        try (S3Server server = new S3Server(directory);
                CacheFixture one = gateway(server, "one");
                CacheFixture two = gateway(server, "two");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Upload> uploads = new ArrayList<>();
            List<Future<Integer>> statuses = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                uploads.add(Upload.of("path-" + i, CacheFixture.tree(50_000 * i + 1000)));
            }
            for (Upload upload : uploads) {
                assertThat(upload.putNarInfo(two)).as("without its NAR").isEqualTo(409);
                // The same upload by both at once, each NAR to the one and each narinfo to the other.
                for (List<CacheFixture> way : List.of(List.of(one, two), List.of(two, one))) {
                    statuses.add(threads.submit(() -> {
                        assertThat(upload.putNar(way.getFirst())).isEqualTo(201);
                        return upload.putNarInfo(way.getLast());
                    }));
                }
            }
            for (Future<Integer> status : statuses) {
                assertThat(status.get(60, TimeUnit.SECONDS)).isIn(200, 201);
            }
            for (Upload upload : uploads) {
                for (CacheFixture gateway : List.of(one, two)) {
                    Asked.Of reader = gateway.ask().token(CacheFixture.READER);
                    NarInfo told = NarInfo.parse(
                            StoreDir.DEFAULT, reader.get(upload.url()).text(), "the narinfo");
                    assertThat(told.info().narHash()).isEqualTo(upload.info().narHash());
                    assertThat(Hash.sha256(reader.get("/" + told.url()).body()))
                            .isEqualTo(upload.info().narHash());
                }
            }
        }
    }

    @Test
    void whatIsNotWhatItSaysIsNeverSeen() throws Exception {
        try (S3Server server = new S3Server(directory);
                CacheFixture one = gateway(server, "one");
                CacheFixture two = gateway(server, "two")) {
            Upload upload = Upload.of("path", CacheFixture.tree(10_000));
            Upload other = Upload.of("path", CacheFixture.tree(10_001));
            // Another path's file under this one's name: it lies under its own hash, so that it takes nobody's place.
            assertThat(other.putNar(one)).isEqualTo(201);
            assertThat(writer(one)
                            .body(other.file())
                            .ask("PUT", "/" + upload.narInfo().url())
                            .status())
                    .isEqualTo(201);
            assertThat(upload.putNarInfo(two)).isEqualTo(409);
            // A narinfo that names the file, but another NAR hash.
            NarInfo wrong = new NarInfo(
                    upload.info(),
                    other.narInfo().url(),
                    "gzip",
                    other.narInfo().fileHash(),
                    other.narInfo().fileSize());
            assertThat(writer(two)
                            .put(upload.url(), wrong.print(StoreDir.DEFAULT))
                            .status())
                    .isEqualTo(422);
            for (CacheFixture gateway : List.of(one, two)) {
                assertThat(gateway.ask()
                                .token(CacheFixture.READER)
                                .get(upload.url())
                                .status())
                        .isEqualTo(404);
            }
        }
    }
}
