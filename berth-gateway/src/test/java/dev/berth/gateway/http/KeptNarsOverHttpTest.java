package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.wire.GcRequest;
import dev.berth.wire.LogSink;
import dev.berth.wire.StoreOperations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small NARs that are asked for more than once. */
final class KeptNarsOverHttpTest {
    private static final NarSource TREE = CacheFixture.tree(100_000);

    @TempDir
    private Path directory;

    private final PathInfo info;
    private final byte[] nar;
    private final String url;
    private CacheFixture cache;

    KeptNarsOverHttpTest() throws IOException {
        info = CacheFixture.info("tree", TREE, List.of());
        nar = CacheFixture.nar(TREE);
        url = "/" + Target.narUrl(info);
    }

    @BeforeEach
    void fill() throws IOException {
        cache = CacheFixture.open(directory);
        cache.content.add(info, TREE);
    }

    @AfterEach
    void close() {
        cache.close();
    }

    private Path file(String name) {
        return directory
                .resolve("root/nix/store")
                .resolve(info.path().baseName())
                .resolve(name);
    }

    @Test
    void areSentFromMemoryTheThirdTime() throws IOException {
        Asked first = cache.ask().get(url);
        Asked second = cache.ask().get(url);
        cache.used.clear();
        Asked third = cache.ask().quickly(url);
        assertThat(third.body()).isEqualTo(nar).isEqualTo(first.body()).isEqualTo(second.body());
        assertThat(third.header("etag")).isEqualTo(first.header("etag")).isNotEmpty();
        assertThat(third.header("accept-ranges")).isEqualTo("bytes");
        assertThat(cache.used).containsExactly(info.path());
        assertThat(cache.ask()
                        .header("if-none-match", third.header("etag"))
                        .get(url)
                        .status())
                .isEqualTo(304);
        assertThat(cache.ask().head(url).header("content-length")).isEqualTo(Integer.toString(nar.length));
        Asked part = cache.ask().header("range", "bytes=1000-99999").get(url);
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(nar, 1000, 100_000));
    }

    @Test
    void areKeptCompressedToo() throws IOException {
        for (int i = 0; i < 3; i++) {
            Asked compressed = cache.ask().header("accept-encoding", "zstd").get(url);
            assertThat(compressed.header("content-encoding")).isEqualTo("zstd");
            assertThat(Zstd.decompress(compressed.body(), nar.length)).isEqualTo(nar);
        }
        Asked quick = cache.ask().header("accept-encoding", "zstd").quickly(url);
        assertThat(quick.header("content-encoding")).isEqualTo("zstd");
        assertThat(quick.header("accept-ranges")).isEmpty();
        assertThat(Zstd.decompress(quick.body(), nar.length)).isEqualTo(nar);
        assertThat(cache.ask().quickly(url).body()).isEqualTo(nar);
    }

    @Test
    void areNotKeptIfTheFilesAreNotWhatTheStoreSays() throws IOException {
        Path changed = file("a");
        byte[] bytes = Files.readAllBytes(changed);
        bytes[0]++;
        Files.setPosixFilePermissions(changed, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.write(changed, bytes);
        for (int i = 0; i < 4; i++) {
            assertThat(cache.ask().get(url).quick()).isFalse();
        }
    }

    @Test
    void areAsTheyWereWhateverBecomesOfTheFiles() throws IOException {
        cache.ask().get(url);
        cache.ask().get(url);
        Files.delete(file("a"));
        assertThat(cache.ask().quickly(url).body()).isEqualTo(nar);
    }

    @Test
    void goWithTheirPath() throws IOException {
        cache.ask().get(url);
        cache.ask().get(url);
        assertThat(cache.ask().quickly(url).status()).isEqualTo(200);
        cache.content.close(); // ends what protects the path for some seconds
        try (StoreOperations session = cache.store.service().open(true, LogSink.none())) {
            session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), -1));
        }
        assertThat(cache.ask().get(url).status()).isEqualTo(404);
    }

    @Test
    void areTheSameToClientsOfTheDaemon() throws IOException {
        try (StoreOperations session = cache.store.service().open(false, LogSink.none())) {
            for (int i = 0; i < 4; i++) {
                ByteArrayOutputStream told = new ByteArrayOutputStream();
                session.narFromPath(info.path(), new NarWriter(told));
                assertThat(told.toByteArray()).isEqualTo(nar);
            }
        }
        // What these asked for serves the cache's clients, too.
        cache.ask().head(url);
        assertThat(cache.ask().quickly(url).body()).isEqualTo(nar);
    }

    @Test
    void goOutInOrderByTheKernel() throws IOException {
        NarSource small = CacheFixture.file(false, CacheFixture.random(10));
        PathInfo other = CacheFixture.info("other", small, List.of());
        cache.content.add(other, small);
        String otherUrl = "/" + Target.narUrl(other);
        try (HttpFront front = HttpFront.start(HttpConfig.of("127.0.0.1", 0), cache.routes, new Metrics("test"));
                RawClient client = new RawClient(front.port())) {
            for (int round = 0; round < 5; round++) {
                for (int i = 0; i < 20; i++) {
                    client.get(url).get("/nix-cache-info").get(otherUrl);
                    client.send("HEAD " + url + " HTTP/1.1\r\nHost: x\r\n\r\n");
                }
                for (int i = 0; i < 20; i++) {
                    assertThat(client.answer().body()).isEqualTo(nar);
                    assertThat(client.answer().text()).startsWith("StoreDir: ");
                    assertThat(client.answer().body()).isEqualTo(CacheFixture.nar(small));
                    assertThat(client.head().headers()).containsEntry("content-length", Integer.toString(nar.length));
                }
            }
            assertThat(cache.ask().quickly(url).status()).isEqualTo(200);
            // Of what nobody takes no more than the next is got ready, and the end of the connection is the end of it.
            try (RawClient greedy = new RawClient(front.port())) {
                for (int i = 0; i < 1000; i++) {
                    greedy.get(url);
                }
                assertThat(greedy.answer().body()).isEqualTo(nar);
            }
            assertThat(client.get(url).answer().body()).isEqualTo(nar);
            client.send("GET " + url + " HTTP/1.0\r\n\r\n");
            assertThat(client.answer().body()).isEqualTo(nar);
            assertThat(client.isAtEnd()).isTrue();
        }
    }
}
