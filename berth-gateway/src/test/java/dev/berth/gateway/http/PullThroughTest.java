package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.berth.gateway.ServedStore;
import dev.berth.gateway.ServiceSettings;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Store;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.SubstituterListener;
import dev.berth.store.local.LocalStoreConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only another cache has. */
final class PullThroughTest {
    private static final NarSource TREE = CacheFixture.tree(100_000);

    @TempDir
    private Path directory;

    private PathInfo base;
    private PathInfo top;
    private PathInfo unsigned;
    private String upstream = "";

    PullThroughTest() throws IOException {
        base = CacheFixture.info("base", TREE, List.of());
        top = CacheFixture.info("top", TREE, List.of(base.path()));
        unsigned = CacheFixture.unsigned("unsigned", TREE, List.of());
    }

    @BeforeEach
    void fill() {
        upstream = "file://" + directory.resolve("upstream");
        try (Store store = Stores.open(upstream, StoreSettings.DEFAULT)) {
            store.add(base, TREE);
            store.add(top, TREE);
            store.add(unsigned, TREE);
        }
    }

    private CacheFixture open(String substituters) throws IOException {
        return new CacheFixture(
                directory,
                ServiceSettings.DEFAULT
                        .with(
                                "trusted-public-keys",
                                CacheFixture.AUTHOR.publicKey().print())
                        .with("substituters", substituters),
                CacheSettings.Uploads.SIGNED,
                false);
    }

    private static String file(PathInfo info) {
        return "/" + info.path().hashPart() + ".narinfo";
    }

    @Test
    void signsAndFetches() throws Exception {
        try (CacheFixture cache = open(upstream)) {
            Asked narInfo = cache.ask().get(file(top));
            NarInfo read = NarInfo.parse(StoreDir.DEFAULT, narInfo.text(), "the answer");
            assertThat(read.url()).isEqualTo(Target.narUrl(top));
            assertThat(read.info().signers(StoreDir.DEFAULT, List.of(CacheFixture.OWN.publicKey())))
                    .hasSize(1);
            assertThat(cache.ask().head("/" + read.url()).status()).isEqualTo(200);
            assertThat(cache.content.validPaths(List.of(top.path()))).isEmpty();
            assertThat(cache.used).isEmpty();
            byte[] nar = CacheFixture.nar(TREE);
            try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Callable<byte[]>> requests = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    requests.add(() -> cache.ask().get("/" + read.url()).body());
                }
                for (Future<byte[]> answer : clients.invokeAll(requests, 60, TimeUnit.SECONDS)) {
                    assertThat(answer.get()).isEqualTo(nar);
                }
            }
            assertThat(cache.content.validPaths(List.of(top.path(), base.path())))
                    .containsExactlyInAnyOrder(top.path(), base.path());
            assertThat(cache.used).containsExactly(top.path());
            assertThat(cache.ask()
                            .get(file(CacheFixture.info("nowhere", TREE, List.of())))
                            .status())
                    .isEqualTo(404);
        }
    }

    @Test
    void saysWhyItDoesNotKnow() throws Exception {
        try (CacheFixture cache = open(upstream)) {
            Asked untrusted = cache.ask().get(file(unsigned));
            assertThat(untrusted.status()).isEqualTo(503);
            assertThat(untrusted.text()).startsWith("untrusted: ").contains("not signed");
        }
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
        }
        try (CacheFixture cache = open("http://127.0.0.1:" + nobody)) {
            for (int i = 0; i < 2; i++) {
                Asked down = cache.ask().get(file(top));
                assertThat(down.status()).isEqualTo(503);
                assertThat(down.text()).startsWith("down: ").contains("127.0.0.1:" + nobody);
                assertThat(down.header("retry-after")).isNotEmpty();
            }
            cache.content.add(base, TREE);
            assertThat(cache.ask().get(file(base)).status()).isEqualTo(200);
        }
    }

    @Test
    void tellsSlowFromDown() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                CacheFixture cache = new CacheFixture(
                        directory,
                        ServedStore.local(
                                LocalStoreConfig.root(directory.resolve("root")),
                                ServiceSettings.DEFAULT.with(
                                        "substituters", "http://127.0.0.1:" + silent.getLocalPort()),
                                StoreSettings.DEFAULT.withTimeouts(Duration.ofSeconds(10), Duration.ofMillis(200), 0),
                                SubstituterListener.NONE),
                        CacheSettings.Uploads.SIGNED,
                        false)) {
            Asked slow = cache.ask().get(file(top));
            assertThat(slow.status()).isEqualTo(504);
            assertThat(slow.text()).startsWith("slow: ").contains("127.0.0.1:" + silent.getLocalPort());
            assertThat(slow.header("retry-after")).isEmpty();
        }
    }

    @Test
    void trustsOnlyItsKeys() throws Exception {
        try (CacheFixture cache = new CacheFixture(
                directory,
                ServiceSettings.DEFAULT
                        .with(
                                "trusted-public-keys",
                                SecretKey.generate("x-1").publicKey().print())
                        .with("substituters", upstream),
                CacheSettings.Uploads.SIGNED,
                false)) {
            assertThat(cache.ask().get(file(top)).text())
                    .startsWith("untrusted: ")
                    .contains("author-1");
            assertThat(cache.ask().get("/" + Target.narUrl(top)).status()).isEqualTo(503);
            assertThat(cache.content.validPaths(List.of(top.path()))).isEmpty();
        }
    }

    @Test
    void goesOnWithoutTheClientThatAskedFirst() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        HttpServer slow = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        slow.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        AtomicInteger nars = new AtomicInteger();
        slow.createContext("/", exchange -> {
            Path file = directory.resolve("upstream" + exchange.getRequestURI().getPath());
            if (file.toString().contains("/nar/")) {
                nars.incrementAndGet();
                asked.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            byte[] body = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            exchange.sendResponseHeaders(Files.exists(file) ? 200 : 404, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        slow.start();
        try (CacheFixture cache = open("http://127.0.0.1:" + slow.getAddress().getPort());
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            String url = "/" + Target.narUrl(base);
            Future<Asked> first = clients.submit(() -> cache.ask().get(url));
            asked.await();
            Future<Asked> second = clients.submit(() -> cache.ask().get(url));
            first.cancel(true);
            go.countDown();
            assertThat(second.get(60, TimeUnit.SECONDS).body()).isEqualTo(CacheFixture.nar(TREE));
            assertThat(nars).hasValue(1);
        } finally {
            go.countDown();
            slow.stop(0);
        }
    }
}
