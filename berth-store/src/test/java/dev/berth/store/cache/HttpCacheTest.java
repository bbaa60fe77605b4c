package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Fetching over HTTP: who is asked for what, whose answer counts, and what is said if there is none. */
final class HttpCacheTest extends HttpFetching {
    @Test
    void fetchesAClosureOverKeptConnections() {
        fetch();
        assertThat(to.validPaths(List.of(leaf.path(), top.path()))).hasSize(2);
        assertThat(Samples.told(to, top.path())).isEqualTo(top.narHash());
        assertThat(server.requests())
                .hasSize(5)
                .allMatch(r -> r.header("user-agent").equals("berth"));
        assertThat(server.connectionCount()).isLessThan(5);
    }

    @Test
    void whatIsThereIsNotAskedFor() {
        fetch();
        int before = server.requests().size();
        fetch(List.of(KEY.publicKey()), server.uri(), "http://127.0.0.1:1/down");
        assertThat(server.requests()).hasSize(before);
    }

    @Test
    void absentSaysWhereItAsked() {
        server.on(narInfo(top), _ -> Reply.text(404, ""));
        fails(Kind.ABSENT, "cannot fetch /nix/store/" + top.path(), "absent");
    }

    @Test
    void forbiddenAsOfS3IsAbsent() {
        server.on(narInfo(leaf), _ -> Reply.text(403, "<Error>AccessDenied</Error>"));
        fails(Kind.ABSENT, "cannot fetch /nix/store/" + leaf.path(), "absent");
    }

    @Test
    void anAbsentReferenceIsFoundBeforeAnythingIsFetched() throws IOException {
        server.on(narInfo(leaf), _ -> Reply.text(410, ""));
        fails(Kind.ABSENT, leaf.path().baseName());
        assertThat(server.requestsOf(nar(top))).isZero();
    }

    @Test
    void theNextCacheIsTriedWhenOneIsBad() throws IOException {
        Path mirror = directory.resolve("mirror");
        copyTree(served, mirror);
        byte[] garbage = Files.readAllBytes(served.resolve(nar(top).substring(1)));
        garbage[garbage.length / 2] ^= 1;
        server.on(nar(top), _ -> new Reply(200, garbage));
        List<String> from = new ArrayList<>();
        try (Substituters substituters = Substituters.open(
                List.of(server.uri() + "?priority=1", "file://" + mirror), List.of(KEY.publicKey()), SETTINGS)) {
            substituters.fetch(to, List.of(top.path()), new CopyProgress() {
                @Override
                public synchronized void finished(PathInfo info, String uri) {
                    from.add(info.path().name() + " " + uri);
                }
            });
        }
        assertThat(from).containsExactly("leaf " + server.uri(), "top file://" + mirror);
        assertThat(Samples.told(to, top.path())).isEqualTo(top.narHash());
    }

    private static void copyTree(Path from, Path to) throws IOException {
        for (String name : Samples.files(from)) {
            Path file = to.resolve(name);
            Files.createDirectories(file.getParent());
            Files.copy(from.resolve(name), file);
        }
    }

    @Test
    void eachCacheIsNamedWithItsAnswer() throws IOException {
        narInfoIs(top, narInfoText(top).replaceAll("Sig: .*\n", ""));
        Path empty = Files.createDirectories(directory.resolve("empty"));
        assertThatThrownBy(() ->
                        fetch(List.of(KEY.publicKey()), server.uri(), "file://" + empty, "http://127.0.0.1:1/cache"))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                .hasMessageContaining(server.uri() + ": untrusted (not signed)")
                .hasMessageContaining("file://" + empty + ": absent")
                .hasMessageContaining("http://127.0.0.1:1/cache: down (")
                .hasMessageContaining("refused");
    }

    @Test
    void noCacheIsSaidApart() {
        assertThatThrownBy(() -> fetch(List.of()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ABSENT))
                .hasMessageContaining("no cache is configured");
    }

    @Test
    void anotherStoreDirIsRefusedByBothNames() throws IOException {
        Files.writeString(served.resolve("nix-cache-info"), "StoreDir: /gnu/store\n");
        fails(Kind.REFUSED, "/gnu/store", "/nix/store");
    }

    @Test
    void aServerThatIsNoCacheIsNamed() throws IOException {
        Files.delete(served.resolve("nix-cache-info"));
        fails(Kind.UNAVAILABLE, "is not a binary cache");
    }

    @Test
    void absenceIsBelievedForAWhileAndFailureIsNot() {
        StoreSettings settings = SETTINGS.withLifetimes(Duration.ofMinutes(1), Duration.ofMinutes(1));
        try (Store cache = Stores.open(server.uri(), settings)) {
            StorePath unknown = Samples.path("unknown", 99);
            assertThat(cache.pathInfo(unknown)).isEmpty();
            assertThat(cache.pathInfo(unknown)).isEmpty();
            assertThat(server.requestsOf("/" + unknown.hashPart() + ".narinfo")).isOne();
            server.on(narInfo(top), _ -> Reply.text(400, ""));
            assertThatThrownBy(() -> cache.pathInfo(top.path())).isInstanceOf(StoreException.class);
            server.on(narInfo(top), server::file);
            assertThat(cache.pathInfo(top.path())).isPresent();
        }
        try (Store cache = Stores.open(server.uri(), SETTINGS.withLifetimes(Duration.ZERO, Duration.ZERO))) {
            server.on(narInfo(top), _ -> Reply.text(404, ""));
            assertThat(cache.pathInfo(top.path())).isEmpty();
            server.on(narInfo(top), server::file);
            assertThat(cache.pathInfo(top.path())).isPresent();
        }
    }

    @Test
    void onePathIsFetchedOnceHoweverManyWantIt() throws Exception {
        try (Substituters substituters = Substituters.open(List.of(server.uri()), List.of(KEY.publicKey()), SETTINGS)) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                threads.add(Thread.startVirtualThread(
                        () -> substituters.fetch(to, List.of(top.path()), CopyProgress.NONE)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertThat(to.validPaths(List.of(leaf.path(), top.path()))).hasSize(2);
        assertThat(server.requestsOf(nar(top))).isOne();
        assertThat(server.requestsOf(nar(leaf))).isOne();
    }

    @Test
    void writingIsRefused() {
        try (Store cache = Stores.open(server.uri(), SETTINGS)) {
            assertThatThrownBy(() ->
                            cache.add(Samples.info(Samples.path("new", 5), Samples.tree(5, 100)), Samples.tree(5, 100)))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("this server does not take uploads");
        }
    }
}
