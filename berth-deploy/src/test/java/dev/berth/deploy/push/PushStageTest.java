package dev.berth.deploy.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.berth.deploy.render.CacheSettings;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.testing.RealNix;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Closures of the real Nix, pushed to and looked for in caches that are whole, holey, slow and gone. */
class PushStageTest {
    private static final StoreSettings SETTINGS =
            StoreSettings.DEFAULT.withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), 0);
    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private final List<String> warnings = new ArrayList<>();
    private RealNix nix;
    private StorePath library;
    private StorePath program;

    @BeforeEach
    void aStoreWithAClosureOfTwo() throws IOException {
        nix = new RealNix(directory);
        String added = nix.add(Files.writeString(directory.resolve("library"), "a library"));
        library = StoreDir.DEFAULT.parse(added);
        program = StoreDir.DEFAULT.parse(nix.output(
                        "nix-instantiate",
                        "--read-write-mode",
                        "--eval",
                        "--strict",
                        "--expr",
                        "builtins.toFile \"program\" \"uses ${builtins.storePath " + added + "}\"")
                .replace("\"", ""));
    }

    private String cache(String name) {
        return "file://" + directory.resolve(name);
    }

    private static CacheSettings to(boolean must, Duration timeout, String... uris) {
        return new CacheSettings(List.of(uris), List.of(), must, timeout, true);
    }

    private static CacheSettings in(String... uris) {
        return new CacheSettings(List.of(), List.of(uris), true, LONG, true);
    }

    private List<PushStage.Pushed> push(CacheSettings settings, StorePath... paths) {
        try (Store from = Stores.open(nix.uri(), SETTINGS);
                PushStage stage = new PushStage(settings, List.of(), SETTINGS, warnings::add)) {
            return stage.push(from, List.of(paths), ClosureCopy.Options.TRUSTED, CopyProgress.NONE);
        }
    }

    private long require(CacheSettings settings) {
        return CacheCheck.require(Map.of(program, "Pod/p: spec.x"), settings, SETTINGS)
                .found();
    }

    /** What a copy of the cache without the library's narinfo is. */
    private void removeLibrary(String name) throws IOException {
        Files.delete(directory.resolve(name).resolve(library.hashPart() + ".narinfo"));
    }

    @Test
    void everyStoreGetsTheWholeClosure() {
        List<PushStage.Pushed> pushed = push(to(true, LONG, cache("a"), cache("b"), cache("a")), program);
        assertThat(pushed).extracting(PushStage.Pushed::uri).containsExactly(cache("a"), cache("b"));
        assertThat(pushed).allSatisfy(one -> assertThat(one.result().copied()).isEqualTo(2));
        assertThat(require(in(cache("a")))).isEqualTo(2);
        assertThat(require(in(cache("b")))).isEqualTo(2);
    }

    @Test
    void theOthersGetItWhenOneIsGone() {
        CacheSettings settings = to(true, LONG, "http://127.0.0.1:1", cache("b"), "http://127.0.0.1:2");
        assertThatThrownBy(() -> push(settings, program))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
                .hasMessageContaining("127.0.0.1:1")
                .hasMessageContaining("127.0.0.1:2");
        assertThat(require(in(cache("b")))).isEqualTo(2);
        List<PushStage.Pushed> pushed = push(to(false, LONG, "http://127.0.0.1:1", cache("c")), program);
        assertThat(pushed).extracting(PushStage.Pushed::uri).containsExactly(cache("c"));
        assertThat(warnings).singleElement().asString().startsWith("going on although the push failed: ");
    }

    @Test
    void aPathThatIsNotThereIsNotASmallerPush() {
        assertThatThrownBy(() -> push(to(true, LONG, cache("a")), new StorePath("0".repeat(32) + "-absent"), library))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("-absent is not in");
        assertThat(directory.resolve("a").resolve(library.hashPart() + ".narinfo"))
                .doesNotExist();
    }

    @Test
    void aServerThatSaysNothingDoesNotHoldThePush() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            String uri = "http://127.0.0.1:" + silent.getLocalPort();
            assertThatThrownBy(() -> push(to(true, Duration.ofMillis(300), uri, cache("late")), program))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
                    .hasMessageContaining("pushing to " + uri + " did not end within the 0 s");
        }
    }

    @Test
    void nothingToPushOrAskIsDone() {
        assertThat(push(to(true, LONG, "http://127.0.0.1:1"))).isEmpty();
        assertThat(push(to(true, LONG), program)).isEmpty();
        assertThat(require(in())).isZero();
        assertThat(CacheCheck.require(Map.of(), in("http://127.0.0.1:1"), SETTINGS)
                        .found())
                .isZero();
    }

    @Test
    void whatAClosureMissesIsNamedWithItsReason() throws IOException {
        push(to(true, LONG, cache("a"), cache("b")), program);
        removeLibrary("a");
        String printed = StoreDir.DEFAULT.print(library);
        assertThatThrownBy(() -> require(in(cache("a"))))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.ABSENT))
                .hasMessage("not cached: 1 path is missing from " + cache("a") + ": " + printed + " (needed by "
                        + StoreDir.DEFAULT.print(program) + "); push them first (berth push)");
        // Caches may serve a closure together.
        assertThat(require(in(cache("a"), cache("b")))).isEqualTo(2);
        assertThatThrownBy(() -> require(in(cache("empty")))).hasMessageContaining("(Pod/p: spec.x)");
    }

    @Test
    void aCacheThatCannotAnswerIsNotOneThatLacksThePath() throws IOException {
        push(to(true, LONG, cache("a"), cache("whole")), program);
        removeLibrary("a");
        HttpServer failing = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        failing.createContext("/", exchange -> {
            exchange.sendResponseHeaders(500, -1);
            exchange.close();
        });
        failing.start();
        try {
            String uri = "http://127.0.0.1:" + failing.getAddress().getPort();
            assertThatThrownBy(() -> require(in(uri, cache("a"))))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
                    .hasMessageStartingWith("not cached: could not ask " + uri + " (")
                    .hasMessageContaining("about 1 path that no other cache has: " + StoreDir.DEFAULT.print(library))
                    .hasMessageNotContaining("missing");
            // What the others have nobody needs it for.
            assertThat(require(in(uri, cache("whole")))).isEqualTo(2);
        } finally {
            failing.stop(0);
        }
    }

    @Test
    void listsAreBounded() {
        Map<StorePath, String> many = Stream.iterate(0, i -> i + 1)
                .limit(500)
                .collect(java.util.stream.Collectors.toMap(
                        i -> new StorePath("0".repeat(29) + String.format("%03d", i) + "-x"), i -> "Pod/p" + i));
        assertThatThrownBy(() -> CacheCheck.require(many, in(cache("empty")), SETTINGS))
                .hasMessageContaining("500 paths are missing from")
                .hasMessageContaining("and 490 more")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1500));
    }

    @Test
    void urisAreCheckedBeforeAnythingIsDone() {
        assertThatThrownBy(() ->
                        new PushStage(to(true, LONG, cache("a"), "gopher://x"), List.of(), SETTINGS, warnings::add))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED));
        assertThatThrownBy(() -> require(in("gopher://x"))).hasMessageContaining("gopher");
    }
}
