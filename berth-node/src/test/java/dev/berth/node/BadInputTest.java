package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.berth.linux.Mounts;
import dev.berth.nix.PublicKey;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetching from caches that the real Nix wrote, and from those that somebody spoilt: each failure is one line. */
class BadInputTest {
    private static final String ABSENT = "/nix/store/q06x3jll2yfzckz2bzqak089p43ixkkq-nowhere";

    @TempDir
    private Path dir;

    private RealNix nix;
    private String app;
    private Path cache;
    private PublicKey key;
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeEach
    void makeCache() throws IOException {
        Requires.root();
        nix = new RealNix(Files.createDirectories(dir.resolve("source")));
        app = TestNode.closure(nix, "app");
        Path secret = dir.resolve("secret");
        Path trusted = dir.resolve("public");
        nix.output("nix-store", "--generate-binary-cache-key", "test-1", secret.toString(), trusted.toString());
        key = PublicKey.parse(Files.readString(trusted).strip());
        cache = dir.resolve("cache");
        nix.output("nix", "copy", "--to", "file://" + cache + "?compression=none&secret-key=" + secret, app);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : open.reversed()) {
            resource.close();
        }
    }

    private TestNode node(UnaryOperator<NodeConfig> change) {
        TestNode node = TestNode.start(mkdir("node"), change);
        open.add(node);
        return node;
    }

    private Path mkdir(String name) {
        try {
            return Files.createDirectories(dir.resolve(name));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private TestNode nodeOf(String... uris) {
        return node(config -> config.withSubstituters(List.of(uris), List.of(key)));
    }

    private String fails(TestNode node, Status.Code code, String storePath) {
        String message = TestNode.refusal(code, () -> node.publish("web", true, storePath));
        node.assertNothingLeft();
        nix.verifies("local?root=" + node.root());
        assertThat(message).contains(storePath.substring("/nix/store/".length()));
        return message;
    }

    private String fileUri() {
        return "file://" + cache;
    }

    private Path nar(String storePath) throws IOException {
        Path narinfo = cache.resolve(storePath.substring("/nix/store/".length()).substring(0, 32) + ".narinfo");
        try (Stream<String> lines = Files.lines(narinfo)) {
            return cache.resolve(lines.filter(line -> line.startsWith("URL: "))
                    .findFirst()
                    .orElseThrow()
                    .substring("URL: ".length()));
        }
    }

    @Test
    void aSignedClosureIsFetchedVerifiedAndMounted() {
        TestNode node = nodeOf(fileUri());
        Path target = node.publish("web", true, app);
        assertThat(target.resolve(app.substring(1)).resolve("bin/run")).isExecutable();
        nix.verifies("local?root=" + node.root());
        node.unpublish("web");
        node.assertNothingLeft();
    }

    @Test
    void aMissingPathNamesTheCachesThatWereAsked() {
        Path other = mkdir("other");
        nix.output("nix", "copy", "--to", "file://" + other, app);
        TestNode node = nodeOf(fileUri(), "file://" + other);
        assertThat(fails(node, Status.Code.NOT_FOUND, ABSENT)).contains(fileUri(), "file://" + other);
    }

    @Test
    void withoutCachesItSaysSo() {
        assertThat(fails(nodeOf(), Status.Code.NOT_FOUND, ABSENT)).containsIgnoringCase("no ");
    }

    @Test
    void anUnsignedPathIsRefused() {
        Path unsigned = mkdir("unsigned");
        nix.output("nix", "copy", "--to", "file://" + unsigned, app);
        assertThat(fails(nodeOf("file://" + unsigned), Status.Code.FAILED_PRECONDITION, app))
                .contains("file://" + unsigned)
                .contains("sign");
    }

    @Test
    void aWrongHashIsRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(nar(app));
        // Inside the contents of bin/run.
        int at = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("#!/bin/sh");
        assertThat(at).isPositive();
        bytes[at + 2] ^= 1;
        replace(nar(app), bytes);
        assertThat(fails(nodeOf(fileUri()), Status.Code.DATA_LOSS, app)).contains(fileUri());
    }

    @Test
    void aTruncatedNarIsRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(nar(app));
        replace(nar(app), java.util.Arrays.copyOf(bytes, bytes.length - 100));
        assertThat(fails(nodeOf(fileUri()), Status.Code.DATA_LOSS, app)).contains(fileUri());
    }

    private static void replace(Path file, byte[] bytes) throws IOException {
        Files.delete(file);
        Files.write(file, bytes);
    }

    @Test
    void aCacheThatAnswers500IsUnavailable() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        open.add(() -> server.stop(0));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(500, -1);
            exchange.close();
        });
        server.start();
        String uri = "http://127.0.0.1:" + server.getAddress().getPort();
        assertThat(fails(nodeOf(uri), Status.Code.UNAVAILABLE, app)).contains(uri, "500");
    }

    /** The call's deadline ends the waiting; the fetch goes on, and the next call finds it. */
    @Test
    void aCacheThatHangsDoesNotHangTheCall() throws IOException {
        ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        open.add(silent);
        String uri = "http://127.0.0.1:" + silent.getLocalPort();
        TestNode node = node(config -> config.withSubstituters(List.of(uri), List.of(key))
                .withTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(2)));
        for (int i = 0; i < 2; i++) {
            assertThat(TestNode.refusal(Status.Code.DEADLINE_EXCEEDED, () -> node.publish("web", true, app)))
                    .contains(uri, "still fetching", app);
        }
        node.assertNothingLeft();
    }

    @Test
    void aFetchGoesOnWhenItsCallTimesOut() throws IOException {
        CountDownLatch go = new CountDownLatch(1);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var handlers = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(handlers);
        open.add(() -> {
            go.countDown();
            server.stop(0);
            handlers.shutdownNow();
        });
        server.createContext("/", exchange -> {
            await(go);
            Path file = cache.resolve(exchange.getRequestURI().getPath().substring(1));
            if (Files.isRegularFile(file)) {
                byte[] bytes = Files.readAllBytes(file);
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
            exchange.close();
        });
        server.start();
        String uri = "http://127.0.0.1:" + server.getAddress().getPort();
        TestNode node = node(config -> config.withSubstituters(List.of(uri), List.of(key))
                .withTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(2)));
        TestNode.refusal(Status.Code.DEADLINE_EXCEEDED, () -> node.publish("web", true, app));
        go.countDown();
        Path target = node.publish("web", true, app);
        assertThat(target.resolve("bin/run")).exists();
        node.unpublish("web");
        node.assertNothingLeft();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aFullDiskIsSaidAndLeavesNothing() throws IOException {
        String big = nix.build("""
                derivation { name = "big"; system = "%s"; builder = "/bin/sh";
                  args = [ "-c" "dd if=/dev/zero of=$out bs=1024 count=8192" ]; }
                """.formatted(TestNode.SYSTEM)).getFirst();
        Path small = mkdir("node");
        Mounts.mount("tmpfs", "tmpfs", small, Set.of(), "size=4m");
        open.add(() -> Mounts.unmount(small, Mounts.Unmount.DETACH));
        nix.output("nix", "copy", "--to", fileUri() + "?compression=none", big);
        TestNode node = node(config -> config.withSubstituters(List.of(fileUri() + "?trusted=1"), List.of(key)));
        String message = TestNode.refusal(Status.Code.RESOURCE_EXHAUSTED, () -> node.publish("web", true, big));
        assertThat(message).contains(big.substring("/nix/store/".length()));
        assertThat(node.mounts()).isEmpty();
        assertThat(TestNode.names(node.state().resolve("volumes"))).isEmpty();
        assertThat(TestNode.names(node.root().resolve("nix/store")))
                .doesNotContain(big.substring("/nix/store/".length()));
    }

    @Test
    void attributesThatAreWrongMountNothing() {
        TestNode node = nodeOf(fileUri());
        Consumer<Map<String, String>> refused = attributes -> {
            TestNode.refusal(
                    Status.Code.INVALID_ARGUMENT, () -> node.client().publish(node.volume("web", true, attributes)));
            node.assertNothingLeft();
        };
        refused.accept(Map.of("pakages", app, TestNode.SYSTEM, app));
        refused.accept(Map.of("riscv64-linux", app));
        refused.accept(Map.of(TestNode.SYSTEM, "hello"));
        refused.accept(Map.of());
    }

    /** What changed on the disk since it was fetched is noticed where that is asked for. */
    @Test
    void aChangedPathIsNotMountedWhenPathsAreVerified() throws IOException {
        TestNode node = node(config ->
                config.withSubstituters(List.of(fileUri()), List.of(key)).withVerifyStorePaths(true));
        node.publish("web", true, app);
        node.unpublish("web");
        node.awaitTrash();
        Path run = node.root().resolve(app.substring(1)).resolve("bin/run");
        Files.delete(run);
        Files.writeString(run, "#!/bin/false\n");
        assertThat(TestNode.refusal(Status.Code.DATA_LOSS, () -> node.publish("web", true, app)))
                .contains(app, "was changed");
        node.assertNothingLeft();
    }
}
