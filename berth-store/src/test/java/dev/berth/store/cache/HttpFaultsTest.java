package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.store.StoreException.Kind;
import dev.berth.store.cache.FaultyServer.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Servers that fail, stop, break off and send elsewhere: what may pass is tried again, and what may not is named. */
final class HttpFaultsTest extends HttpFetching {
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
}
