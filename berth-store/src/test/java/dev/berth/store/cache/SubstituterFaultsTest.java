package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.CopyProgress;
import dev.berth.store.DownloadSpool;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.SubstituterListener;
import dev.berth.store.Substituters;
import dev.berth.store.cache.FaultyServer.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several caches of which some are slow, gone or lie, and downloads that are cut. */
final class SubstituterFaultsTest {
    private static final SecretKey KEY = SecretKey.generate("cache-1");
    private static final StoreSettings SETTINGS =
            StoreSettings.DEFAULT.withTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(60), 0);

    @TempDir
    private Path directory;

    private Path spool;
    private Path served;
    private FaultyServer server;
    private FaultyServer mirror;
    private Store to;
    private NarSource tree;
    private PathInfo big;
    private final Figures figures = new Figures();

    private static final class Figures implements SubstituterListener, CopyProgress {
        final Map<String, List<Answer>> answers = new ConcurrentHashMap<>();
        final AtomicLong bytes = new AtomicLong();
        final List<String> health = new CopyOnWriteArrayList<>();
        final List<Long> progress = new CopyOnWriteArrayList<>();
        final List<String> fetched = new CopyOnWriteArrayList<>();
        volatile long total;

        @Override
        public void asked(String uri, Answer answer, Duration took) {
            answers.computeIfAbsent(uri, _ -> new CopyOnWriteArrayList<>()).add(answer);
        }

        @Override
        public void downloaded(String uri, long more) {
            bytes.addAndGet(more);
        }

        @Override
        public void fetched(String uri, boolean done, long narBytes, Duration took) {
            fetched.add(uri + " " + done);
        }

        @Override
        public void healthChanged(String uri, String reason) {
            health.add(uri + (reason.isEmpty() ? " is asked" : " is left alone"));
        }

        @Override
        public void downloaded(PathInfo info, long more, long now, long ofBytes) {
            progress.add(now);
            total = ofBytes;
        }
    }

    @BeforeEach
    void fill() throws IOException {
        spool = directory.resolve("spool");
        served = directory.resolve("served");
        Path secret = Files.writeString(directory.resolve("secret"), KEY.print());
        tree = Samples.tree(3, 1_000_000);
        big = Samples.info(Samples.path("big", 3), tree);
        try (Store store = Stores.open("file://" + served + "?compression=zstd&secret-key=" + secret, SETTINGS)) {
            store.add(big, tree);
        }
        server = new FaultyServer(served);
        mirror = new FaultyServer(served);
        to = Stores.open("file://" + directory.resolve("target") + "?compression=none", SETTINGS);
    }

    @AfterEach
    void stop() throws IOException {
        to.close();
        server.close();
        mirror.close();
    }

    private String narInfo() {
        return "/" + big.path().hashPart() + ".narinfo";
    }

    private Path nar() throws IOException {
        try (Stream<Path> files = Files.list(served.resolve("nar"))) {
            return files.findFirst().orElseThrow();
        }
    }

    private String narUrl() throws IOException {
        return "/nar/" + nar().getFileName();
    }

    private Substituters open(StoreSettings settings, String... uris) {
        return Substituters.open(
                List.of(uris),
                List.of(KEY.publicKey()),
                settings,
                Substituters.Options.of(settings).toldTo(figures));
    }

    private void fetch(StoreSettings settings, String... uris) {
        try (Substituters substituters = open(settings, uris)) {
            substituters.fetch(to, List.of(big.path()), figures);
        }
    }

    private StoreException failure(StoreSettings settings, String... uris) {
        StoreException e = catchThrowableOfType(StoreException.class, () -> fetch(settings, uris));
        assertThat(e).isNotNull();
        return e;
    }

    private StoreSettings spooling() {
        return SETTINGS.withSpool(new DownloadSpool(spool, 4 << 20, Duration.ofHours(1), 1000));
    }

    private List<Path> parts() throws IOException {
        if (!Files.isDirectory(spool)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(spool)) {
            return files.toList();
        }
    }

    @Test
    void aSlowCacheIsPassedOver() {
        server.on(narInfo(), request -> server.file(request).hangingAt(0));
        StoreSettings settings = SETTINGS.withQueryTimeout(Duration.ofMillis(300));
        fetch(settings, server.uri() + "?priority=1", mirror.uri() + "?priority=2");
        assertThat(to.pathInfo(big.path())).isPresent();
        assertThat(figures.answers.get(server.uri())).contains(SubstituterListener.Answer.TIMEOUT);
        assertThat(figures.fetched).containsExactly(mirror.uri() + " true");
    }

    @Test
    void aSlowCacheIsWaitedForIfNoOtherHasThePath() {
        CountDownLatch asked = new CountDownLatch(1);
        server.on(narInfo(), request -> {
            try {
                asked.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return server.file(request);
        });
        mirror.on(narInfo(), _ -> {
            asked.countDown(); // so that the slow one is slow until the other was asked
            return Reply.text(404, "");
        });
        StoreSettings settings = SETTINGS.withQueryTimeout(Duration.ofMillis(300));
        fetch(settings, server.uri() + "?priority=1", mirror.uri() + "?priority=2");
        assertThat(to.pathInfo(big.path())).isPresent();
        assertThat(figures.answers.get(server.uri()))
                .contains(SubstituterListener.Answer.TIMEOUT, SubstituterListener.Answer.HIT);
    }

    @Test
    void whatEachSaidIsInOneLine() {
        server.on(narInfo(), request -> server.file(request).hangingAt(0));
        StoreSettings settings = SETTINGS.withTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(4), 0)
                .withQueryTimeout(Duration.ofMillis(100));
        mirror.on(narInfo(), _ -> Reply.text(200, "garbage"));
        StoreException e = failure(
                settings,
                server.uri() + "?priority=1",
                "file://" + directory.resolve("empty") + "?priority=2",
                "http://127.0.0.1:1/none?priority=3",
                mirror.uri() + "?priority=4");
        assertThat(e.getMessage())
                .contains(server.uri() + ": slow (")
                .contains("/empty: absent")
                .contains("http://127.0.0.1:1/none: down (")
                .contains(mirror.uri() + ": corrupt (")
                .doesNotContain("\n")
                .doesNotContain("no substituter");
    }

    @Test
    void oneThatIsDownIsLeftAloneAndFoundAgain() {
        server.on(narInfo(), _ -> Reply.text(500, ""));
        try (Substituters substituters = open(SETTINGS, server.uri())) {
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> substituters.fetch(to, List.of(big.path()), CopyProgress.NONE))
                        .isInstanceOf(StoreException.class);
            }
            assertThat(server.requestsOf(narInfo())).isOne();
            assertThat(figures.health).containsExactly(server.uri() + " is left alone");
            assertThat(figures.answers.get(server.uri())).contains(SubstituterListener.Answer.SKIPPED);
        }
    }

    @Test
    void aNarThatVanishedIsTakenFromTheNext() throws IOException {
        server.on(narUrl(), _ -> Reply.text(404, ""));
        fetch(SETTINGS, server.uri() + "?priority=1", mirror.uri() + "?priority=2");
        assertThat(figures.fetched).containsExactly(server.uri() + " false", mirror.uri() + " true");
    }

    @Test
    void aFetchThatWasCutGoesOnInAnotherProcess() throws IOException {
        long size = sizeOfNar();
        long cut = cut();
        server.on(narUrl(), r -> r.header("range").isEmpty() ? server.file(r).cutAt(cut) : Reply.text(503, ""));
        StoreException e = failure(spooling(), server.uri());
        assertThat(e.getMessage()).contains("down (");
        assertThat(parts()).hasSize(1);
        assertThat(figures.bytes).hasValue(cut);
        server.on(narUrl(), server::file);
        fetch(spooling(), server.uri());
        assertThat(Samples.told(to, big.path())).isEqualTo(big.narHash());
        assertThat(figures.bytes).as("nothing came twice").hasValue(size);
        assertThat(figures.total).isEqualTo(size);
        assertThat(figures.progress).contains(cut, size);
        assertThat(server.requests().stream().filter(r -> r.header("range").equals("bytes=" + cut + "-")))
                .hasSize(1)
                .allMatch(r -> r.header("if-range").equals("\"one\""));
        assertThat(parts()).isEmpty();
    }

    @Test
    void anotherFileIsBegunAnew() throws IOException {
        server.on(narUrl(), r -> r.header("range").isEmpty() ? server.file(r).cutAt(cut()) : Reply.text(503, ""));
        failure(spooling(), server.uri());
        assertThat(parts()).hasSize(1);
        byte[] bytes = Files.readAllBytes(nar());
        server.on(narUrl(), _ -> new Reply(200, bytes).with("ETag", "\"two\""));
        fetch(spooling(), server.uri());
        assertThat(Samples.told(to, big.path())).isEqualTo(big.narHash());
        assertThat(parts()).isEmpty();
    }

    @Test
    void aServerThatHasLessThanWasKeptIsAskedForTheWhole() throws IOException {
        server.on(narUrl(), r -> r.header("range").isEmpty() ? server.file(r).cutAt(cut()) : Reply.text(503, ""));
        failure(spooling(), server.uri());
        server.on(narUrl(), r -> r.header("range").isEmpty() ? server.file(r) : Reply.text(416, ""));
        fetch(spooling(), server.uri());
        assertThat(Samples.told(to, big.path())).isEqualTo(big.narHash());
    }

    @Test
    void wrongBytesAfterResumingAreFoundAndFetchedAnew() throws IOException {
        server.on(narUrl(), r -> r.header("range").isEmpty() ? server.file(r).cutAt(cut()) : Reply.text(503, ""));
        failure(spooling(), server.uri());
        server.on(narUrl(), r -> {
            if (r.header("range").isEmpty()) {
                return server.file(r);
            }
            int from = Integer.parseInt(r.header("range").replaceAll("\\D", ""));
            int size = sizeOfNar();
            return new Reply(206, new byte[size - from])
                    .with("ETag", "\"one\"")
                    .with("Content-Range", "bytes " + from + "-" + (size - 1) + "/" + size);
        });
        fetch(spooling(), server.uri());
        assertThat(Samples.told(to, big.path())).isEqualTo(big.narHash());
        assertThat(parts()).isEmpty();
    }

    /** Far enough that the client has begun to read before it sees the end: it loses what comes with the answer's head. */
    private long cut() {
        return sizeOfNar() * 9L / 10;
    }

    private int sizeOfNar() {
        try {
            return (int) Files.size(nar());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aWholePartThatWasNotCheckedNeedsNoServer() throws IOException {
        server.on(
                narUrl(),
                r -> r.header("range").isEmpty() ? server.file(r).cutAt(sizeOfNar() - 1) : Reply.text(503, ""));
        failure(spooling(), server.uri());
        Path part = parts().getFirst();
        byte[] bytes = Files.readAllBytes(nar());
        Files.write(part, new byte[] {bytes[bytes.length - 1]}, StandardOpenOption.APPEND);
        long before = server.requestsOf(narUrl());
        fetch(spooling(), server.uri());
        assertThat(server.requestsOf(narUrl())).isEqualTo(before);
        assertThat(Samples.told(to, big.path())).isEqualTo(big.narHash());
    }

    @Test
    void partsAreBoundedAndOldOnesGo() throws IOException {
        server.on(narUrl(), r -> r.header("range").isEmpty() ? server.file(r).cutAt(cut()) : Reply.text(503, ""));
        failure(SETTINGS.withSpool(new DownloadSpool(spool, 5000, Duration.ofHours(1), 1000)), server.uri());
        assertThat(parts()).as("larger than all parts may be").isEmpty();
        failure(spooling(), server.uri());
        assertThat(parts()).hasSize(1);
        Files.setLastModifiedTime(
                parts().getFirst(), FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        Files.writeString(spool.resolve("else"), "not ours");
        try (Substituters _ = open(spooling(), server.uri())) {
            assertThat(parts()).containsExactly(spool.resolve("else"));
        }
        failure(spooling(), server.uri());
        failure(spooling(), mirrorCutting());
        assertThat(parts()).as("one for each address").hasSize(3);
        long both = 2L * sizeOfNar() - 1;
        failure(SETTINGS.withSpool(new DownloadSpool(spool, both, Duration.ofHours(1), 1000)), mirrorCutting());
        assertThat(parts()).as("the older made room").hasSize(2);
    }

    private String mirrorCutting() throws IOException {
        mirror.on(narUrl(), r -> r.header("range").isEmpty() ? mirror.file(r).cutAt(cut()) : Reply.text(503, ""));
        return mirror.uri();
    }

    @Test
    void whoWaitsTakesOverWhenTheFetchIsGivenUp() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        server.on(narUrl(), r -> {
            boolean first = begun.getCount() > 0;
            begun.countDown();
            return first ? server.file(r).hangingAt(5000) : server.file(r);
        });
        List<Throwable> failures = new ArrayList<>();
        try (Substituters substituters = open(spooling(), server.uri())) {
            Runnable fetch = () -> substituters.fetch(to, List.of(big.path()), CopyProgress.NONE);
            Thread one = Thread.ofVirtual().unstarted(fetch);
            one.setUncaughtExceptionHandler((_, e) -> failures.add(e));
            one.start();
            begun.await();
            Thread two = Thread.ofVirtual().start(fetch);
            Thread impatient = Thread.ofVirtual().unstarted(fetch);
            impatient.setUncaughtExceptionHandler((_, _) -> {});
            impatient.start();
            impatient.interrupt();
            impatient.join();
            assertThat(one.isAlive())
                    .as("who waits and gives up breaks nothing")
                    .isTrue();
            one.interrupt();
            one.join();
            two.join();
        }
        assertThat(failures).hasSize(1).first().isInstanceOf(StoreException.class);
        assertThat(Samples.told(to, big.path())).isEqualTo(big.narHash());
    }
}
