package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.nix.PathInfo;
import dev.berth.nix.PublicKey;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.Substituters;
import dev.berth.store.cache.FaultyServer.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetching over HTTP from caches that break in every way. */
final class HttpCacheTest {
    private static final StoreSettings SETTINGS =
            StoreSettings.DEFAULT.withTimeouts(Duration.ofSeconds(2), Duration.ofMillis(700), 2);
    private static final SecretKey KEY = SecretKey.generate("cache-1");

    @TempDir
    private Path directory;

    private Path served;
    private Path target;
    private FaultyServer server;
    private Store to;
    private PathInfo leaf;
    private PathInfo top;

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

    private void fetch(List<PublicKey> keys, String... uris) {
        try (Substituters substituters = Substituters.open(List.of(uris), keys, SETTINGS)) {
            substituters.fetch(to, List.of(top.path()), CopyProgress.NONE);
        }
    }

    private void fetch() {
        fetch(List.of(KEY.publicKey()), server.uri());
    }

    /** Fetching fails in one line that says all of this, and leaves nothing of the top path. */
    private void fails(Kind kind, String... words) {
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

    private String narInfo(PathInfo info) {
        return "/" + info.path().hashPart() + ".narinfo";
    }

    private String narInfoText(PathInfo info) throws IOException {
        return Files.readString(served.resolve(info.path().hashPart() + ".narinfo"));
    }

    private String nar(PathInfo info) throws IOException {
        return "/"
                + narInfoText(info)
                        .lines()
                        .filter(line -> line.startsWith("URL: "))
                        .findFirst()
                        .orElseThrow()
                        .substring(5);
    }

    private void narInfoIs(PathInfo info, String text) {
        server.on(narInfo(info), _ -> Reply.text(200, text));
    }

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
    void serverErrorsAreRetriedThenNamed() {
        server.on(narInfo(top), _ -> Reply.text(500, "oops"));
        fails(Kind.UNAVAILABLE, "down", "status 500");
        assertThat(server.requestsOf(narInfo(top))).isEqualTo(3);
    }

    @Test
    void aPassingServerErrorIsOvercome() {
        AtomicInteger count = new AtomicInteger();
        server.on(narInfo(top), r -> count.incrementAndGet() < 3 ? Reply.text(503, "") : server.file(r));
        fetch();
        assertThat(to.pathInfo(top.path())).isPresent();
    }

    @Test
    void tooManyRequestsIsUnavailable() {
        server.on(narInfo(top), _ -> Reply.text(429, ""));
        fails(Kind.UNAVAILABLE, "status 429");
    }

    @Test
    void aSilentServerIsGivenUp() {
        server.on(narInfo(top), _ -> Reply.text(200, "x").hangingAt(0));
        fails(Kind.SLOW, "slow", "stalled");
    }

    @Test
    void aServerThatStopsInsideANarIsGivenUp() throws IOException {
        server.on(nar(top), r -> server.file(r).hangingAt(r.header("range").isEmpty() ? 5000 : 0));
        fails(Kind.SLOW, "slow", "stalled", nar(top));
    }

    @Test
    void aCutConnectionIsResumedWhereItBroke() throws IOException {
        server.on(nar(top), r -> r.header("range").isEmpty() ? server.file(r).cutAt(30_000) : server.file(r));
        fetch();
        assertThat(Samples.told(to, top.path())).isEqualTo(top.narHash());
        assertThat(server.requests().stream()
                        .filter(r -> !r.header("range").isEmpty())
                        .toList())
                .hasSize(1)
                .allMatch(r -> r.header("if-range").equals("\"one\""))
                .noneMatch(r -> r.header("range").equals("bytes=0-"));
    }

    @Test
    void aServerWithoutRangesIsReadAgain() throws IOException {
        AtomicInteger count = new AtomicInteger();
        byte[] bytes = Files.readAllBytes(served.resolve(nar(top).substring(1)));
        server.on(
                nar(top),
                _ -> count.incrementAndGet() == 1 ? new Reply(200, bytes).cutAt(30_000) : new Reply(200, bytes));
        fetch();
        assertThat(Samples.told(to, top.path())).isEqualTo(top.narHash());
    }

    @Test
    void anotherFileIsNotTakenForTheRest() throws IOException {
        server.on(
                nar(top),
                r -> r.header("range").isEmpty()
                        ? server.file(r).cutAt(30_000)
                        : server.file(r).with("ETag", "\"two\""));
        fails(Kind.UNAVAILABLE, "changed while it was read");
    }

    @Test
    void aConnectionThatBreaksAgainAndAgainIsGivenUp() throws IOException {
        server.on(nar(top), r -> server.file(r).cutAt(0));
        fails(Kind.UNAVAILABLE, "down", nar(top));
        // Three for the file and, where the break comes with the head of the answer, three for each of them.
        assertThat(server.requestsOf(nar(top))).isBetween(3L, 9L);
    }

    @Test
    void aTruncatedFileIsCorrupt() throws IOException {
        byte[] half = java.util.Arrays.copyOf(Files.readAllBytes(served.resolve(nar(top).substring(1))), 20_000);
        server.on(nar(top), _ -> new Reply(200, half));
        fails(Kind.CORRUPT, "corrupt");
    }

    @Test
    void aNarOfAnotherPathIsCorrupt() throws IOException {
        byte[] other = Files.readAllBytes(served.resolve(nar(leaf).substring(1)));
        server.on(nar(top), _ -> new Reply(200, other));
        fails(Kind.CORRUPT, "corrupt", top.path().baseName());
    }

    @Test
    void aWrongNarHashIsCorrupt() throws IOException {
        // Signed by the trusted key, and still not what is sent.
        PathInfo lie = PathInfo.of(top.path(), leaf.narHash(), top.narSize(), top.references())
                .signed(to.storeDir(), KEY);
        String text = narInfoText(top)
                .replaceAll("NarHash: .*", "NarHash: " + leaf.narHash())
                .replaceAll("Sig: .*", "Sig: " + lie.signatures().first());
        narInfoIs(top, text);
        fails(Kind.CORRUPT, "hash");
    }

    @Test
    void anUnsignedPathIsRefusedBeforeItIsFetched() throws IOException {
        narInfoIs(top, narInfoText(top).replaceAll("Sig: .*\n", ""));
        fails(Kind.UNTRUSTED, "not signed");
        assertThat(server.requestsOf(nar(top))).isZero();
    }

    @Test
    void anotherKeyIsNamed() throws IOException {
        SecretKey other = SecretKey.generate("evil-1");
        PathInfo signed = top.signed(to.storeDir(), other);
        narInfoIs(
                top,
                narInfoText(top)
                        .replaceAll("Sig: .*", "Sig: " + signed.signatures().first()));
        fails(Kind.UNTRUSTED, "signed by no trusted key", "evil-1");
    }

    @Test
    void aSignatureOfOtherReferencesIsWorthless() throws IOException {
        narInfoIs(top, narInfoText(top).replaceAll("References: .*", "References: "));
        fails(Kind.UNTRUSTED, "cache-1");
    }

    @Test
    void aTrustedCacheNeedsNoSignature() throws IOException {
        narInfoIs(top, narInfoText(top).replaceAll("Sig: .*\n", ""));
        fetch(List.of(KEY.publicKey()), server.uri() + "?trusted=1");
        assertThat(to.pathInfo(top.path())).isPresent();
    }

    @Test
    void aWebPageIsNoNarInfo() {
        narInfoIs(top, "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n");
        fails(Kind.CORRUPT, "narinfo");
    }

    @Test
    void aNarInfoOfAnotherPathIsCorrupt() throws IOException {
        narInfoIs(top, narInfoText(leaf));
        fails(Kind.CORRUPT, "of another path");
    }

    @Test
    void aHugeNarInfoIsRefused() {
        server.on(narInfo(top), _ -> new Reply(200, new byte[3 << 20]));
        fails(Kind.CORRUPT, "longer than");
    }

    @Test
    void aBombIsStopped() throws IOException {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
            byte[] nar = Samples.nar(sink -> {
                sink.startFile(false, 64 << 20);
                for (int i = 0; i < 64; i++) {
                    sink.contents(new byte[1 << 20], 0, 1 << 20);
                }
                sink.endFile();
            });
            gzip.write(nar);
        }
        narInfoIs(
                top,
                narInfoText(top)
                        .replaceAll("Compression: .*", "Compression: gzip")
                        .replaceAll("File(Hash|Size): .*\n", ""));
        server.on(nar(top), _ -> new Reply(200, bomb.toByteArray()));
        fails(Kind.CORRUPT, "longer than the " + top.narSize() + " bytes");
    }

    @Test
    void anUnknownCompressionIsNamed() throws IOException {
        narInfoIs(top, narInfoText(top).replaceAll("Compression: .*", "Compression: lrzip"));
        fails(Kind.CORRUPT, "'lrzip'");
    }

    @Test
    void aUrlOutsideTheCacheIsNotFollowed() throws IOException {
        for (String url :
                List.of("file:///etc/passwd", "../../secret", "nar/../../x", "//127.0.0.1:1/nar", "gopher://x/y")) {
            narInfoIs(top, narInfoText(top).replaceAll("URL: .*", "URL: " + url));
            fails(Kind.CORRUPT, "not in the cache");
        }
    }

    @Test
    void aUrlIsOpaque() throws IOException {
        String url = nar(top) + "?token=a%2Fb&x";
        narInfoIs(top, narInfoText(top).replaceAll("URL: .*", "URL: " + url.substring(1)));
        narInfoIs(leaf, narInfoText(leaf).replaceAll("URL: .*", "URL: " + server.uri() + nar(leaf) + "?abs"));
        fetch();
        assertThat(server.requestsOf(url)).isOne();
        assertThat(server.requestsOf(nar(leaf) + "?abs")).isOne();
    }

    @Test
    void redirectsAreFollowedButNotForEver() throws IOException {
        server.on(nar(leaf), _ -> Reply.text(302, "").with("Location", "/elsewhere?x=1"));
        byte[] bytes = Files.readAllBytes(served.resolve(nar(leaf).substring(1)));
        server.on("/elsewhere?x=1", _ -> new Reply(200, bytes));
        server.on(narInfo(top), _ -> Reply.text(301, "").with("Location", narInfo(top)));
        fails(Kind.UNAVAILABLE, "redirects more than 10 times");
        server.on(narInfo(top), server::file);
        fetch();
        assertThat(server.requestsOf("/elsewhere?x=1")).isOne();
        server.on(narInfo(leaf), _ -> Reply.text(302, "").with("Location", "file:///etc/passwd"));
    }

    @Test
    void aRedirectOutOfHttpIsNotFollowed() {
        server.on(narInfo(top), _ -> Reply.text(302, "").with("Location", "file:///etc/passwd"));
        fails(Kind.UNAVAILABLE, "which is not followed");
    }

    @Test
    void aRedirectOutOfTlsTakesNoPasswordAlong() throws IOException {
        URI from = URI.create("https://cache.example/a");
        try (HttpExchange plain = new HttpExchange(_ -> Optional.empty(), SETTINGS);
                HttpExchange secret = new HttpExchange(_ -> Optional.of("Basic eDp5"), SETTINGS)) {
            assertThat(plain.redirected(from, "http://mirror.example/b")).hasToString("http://mirror.example/b");
            assertThat(secret.redirected(from, "https://mirror.example/b")).hasToString("https://mirror.example/b");
            assertThat(secret.redirected(URI.create("http://cache.example/a"), "/b"))
                    .hasToString("http://cache.example/b");
            assertThatThrownBy(() -> secret.redirected(from, "http://cache.example/b"))
                    .hasMessageContaining("a password would go there without encryption");
        }
    }

    @Test
    void contentEncodingsAreUndone() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(narInfoText(top).getBytes(StandardCharsets.UTF_8));
        }
        server.on(narInfo(top), _ -> new Reply(200, packed.toByteArray()).with("Content-Encoding", "gzip"));
        fetch();
        assertThat(to.pathInfo(top.path())).isPresent();
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
