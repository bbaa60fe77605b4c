package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.HashFormat;
import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.testing.S3Server;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NARs of a remote cache that are kept on the disk: fetched once, read while they come, bounded, whole after a crash. */
final class DiskCacheTest {
    @TempDir
    private Path directory;

    /** A remote cache in memory that counts, and whose files come when they may. */
    private static final class Remote implements Transport {
        private final Map<String, byte[]> files = new ConcurrentHashMap<>();
        private final AtomicInteger opened = new AtomicInteger();
        private volatile int pauseAt = Integer.MAX_VALUE;
        private final CountDownLatch goOn = new CountDownLatch(1);
        private volatile boolean breaks;

        void put(String name, int size) {
            byte[] bytes = new byte[size];
            new Random(size).nextBytes(bytes);
            files.put(name, bytes);
        }

        byte[] get(String name) {
            byte[] bytes = files.get(name);
            return bytes == null ? new byte[0] : bytes;
        }

        @Override
        public Optional<InputStream> open(String url) {
            if (!files.containsKey(url)) {
                return Optional.empty();
            }
            opened.incrementAndGet();
            byte[] bytes = get(url);
            return Optional.of(new InputStream() {
                private int position;

                @Override
                public int read() {
                    throw new AssertionError("byte by byte");
                }

                @Override
                public int read(byte[] buffer, int offset, int length) throws IOException {
                    if (position >= pauseAt) {
                        try {
                            assertThat(goOn.await(60, TimeUnit.SECONDS)).isTrue();
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                        if (breaks) {
                            throw new TransportException(Kind.UNAVAILABLE, "the line went dead", true);
                        }
                    }
                    if (position == bytes.length) {
                        return -1;
                    }
                    int most = Math.min(
                            Math.min(length, 1000), Math.min(bytes.length, Math.max(pauseAt, position + 1)) - position);
                    System.arraycopy(bytes, position, buffer, offset, most);
                    position += most;
                    return most;
                }
            });
        }

        @Override
        public Optional<byte[]> read(String name, int limit) {
            return Optional.ofNullable(files.get(name));
        }

        @Override
        public boolean exists(String name) {
            return files.containsKey(name);
        }

        @Override
        public Optional<Stream<Listed>> list(String name) {
            return Optional.empty();
        }

        @Override
        public void write(String name, byte[] content) {
            files.put(name, content);
        }

        @Override
        public Draft draft() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void update(String name, int limit, Edit edit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void delete(String name) {
            files.remove(name);
        }

        @Override
        public void close() {}
    }

    private final Remote remote = new Remote();

    private Transport open(long most) throws IOException {
        return new CachingTransport(remote, new DiskCache(directory.resolve("cache"), most));
    }

    private static byte[] all(Transport transport, String name) throws IOException {
        try (InputStream in = transport.open(name).orElseThrow()) {
            return in.readAllBytes();
        }
    }

    /** Waits until what was read whole is also kept, which happens a moment later. */
    private void awaitKept(String... names) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!Samples.files(directory.resolve("cache/nar")).containsAll(List.of(names))) {
            assertThat(System.nanoTime()).as("kept in time").isLessThan(end);
            Thread.sleep(5);
        }
    }

    @Test
    void aFileIsFetchedOnceHoweverManyAsk() throws Exception {
        remote.put("nar/a.nar", 100_000);
        remote.pauseAt = 5000;
        List<Callable<byte[]>> readers = new ArrayList<>();
        CountDownLatch started = new CountDownLatch(20);
        try (Transport transport = open(1 << 20);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                readers.add(() -> {
                    try (InputStream in = transport.open("nar/a.nar").orElseThrow()) {
                        byte[] first = in.readNBytes(5000);
                        started.countDown();
                        byte[] whole = Arrays.copyOf(first, 100_000);
                        in.readNBytes(whole, 5000, 95_000);
                        assertThat(in.read(new byte[1])).isEqualTo(-1);
                        return whole;
                    }
                });
            }
            List<Future<byte[]>> reading = readers.stream().map(threads::submit).toList();
            // What is there can be read while the rest is still on its way.
            assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
            remote.goOn.countDown();
            for (Future<byte[]> read : reading) {
                assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo(remote.get("nar/a.nar"));
            }
            awaitKept("a.nar");
            assertThat(all(transport, "nar/a.nar")).isEqualTo(remote.get("nar/a.nar"));
            assertThat(remote.opened).hasValue(1);
        }
    }

    @Test
    void aPartIsServedFromWhatIsThere() throws Exception {
        remote.put("nar/a.nar", 100_000);
        remote.pauseAt = 60_000;
        try (Transport transport = open(1 << 20);
                InputStream slow = transport.open("nar/a.nar").orElseThrow();
                InputStream part = transport.open("nar/a.nar").orElseThrow()) {
            part.skipNBytes(59_000);
            assertThat(part.readNBytes(1000)).isEqualTo(Arrays.copyOfRange(remote.get("nar/a.nar"), 59_000, 60_000));
            remote.goOn.countDown();
            part.skipNBytes(39_999);
            assertThat(part.readAllBytes()).hasSize(1);
            assertThat(slow.readAllBytes()).isEqualTo(remote.get("nar/a.nar"));
        }
    }

    @Test
    void theLeastRecentlyUsedAreForgotten() throws Exception {
        try (Transport transport = open(25_000)) {
            for (String name : List.of("a", "b")) {
                remote.put("nar/" + name, 10_000);
                all(transport, "nar/" + name);
                awaitKept(name);
            }
            all(transport, "nar/a");
            try (InputStream reading = transport.open("nar/b").orElseThrow()) {
                all(transport, "nar/a");
                remote.put("nar/c", 10_000);
                all(transport, "nar/c");
                awaitKept("a", "c");
                assertThat(Samples.files(directory.resolve("cache/nar"))).containsExactly("a", "c");
                // Who reads it goes on.
                assertThat(reading.readAllBytes()).isEqualTo(remote.get("nar/b"));
            }
            remote.put("nar/huge", 30_000);
            assertThat(all(transport, "nar/huge")).isEqualTo(remote.get("nar/huge"));
        }
        try (DiskCache again = new DiskCache(directory.resolve("cache"), 25_000)) {
            assertThat(again.size()).isLessThanOrEqualTo(25_000);
        }
    }

    @Test
    void aCrashLeavesNothingHalfAndTheRestIsFoundAgain() throws Exception {
        remote.put("nar/a", 10_000);
        try (Transport transport = open(1 << 20)) {
            all(transport, "nar/a");
            awaitKept("a");
        }
        Path half = directory.resolve("cache/unfinished/1");
        Files.write(half, new byte[100]);
        try (Transport transport = open(1 << 20)) {
            assertThat(half).doesNotExist();
            assertThat(all(transport, "nar/a")).isEqualTo(remote.get("nar/a"));
            assertThat(remote.opened).hasValue(1);
        }
    }

    @Test
    void aFetchThatBreaksIsToldToAllAndTriedAgain() throws Exception {
        remote.put("nar/a", 10_000);
        remote.pauseAt = 5000;
        remote.breaks = true;
        try (Transport transport = open(1 << 20);
                InputStream one = transport.open("nar/a").orElseThrow();
                InputStream two = transport.open("nar/a").orElseThrow()) {
            remote.goOn.countDown();
            for (InputStream in : List.of(one, two)) {
                assertThatThrownBy(in::readAllBytes)
                        .isInstanceOf(TransportException.class)
                        .hasMessage("the line went dead");
            }
            remote.breaks = false;
            assertThat(all(transport, "nar/a")).isEqualTo(remote.get("nar/a"));
        }
        assertThat(transportOfNothing().open("nar/absent")).isEmpty();
    }

    private Transport transportOfNothing() throws IOException {
        return new CachingTransport(new Remote(), new DiskCache(directory.resolve("other"), 1));
    }

    @Test
    void onlyNarsWithPlainNamesAreKept() throws IOException {
        for (String name : List.of("x.ls", "nar/sub/x", "nar/.x", "nar/x?y", "log/x")) {
            remote.put(name, 100);
        }
        try (Transport transport = open(1 << 20)) {
            for (String name : remote.files.keySet()) {
                try (InputStream in = transport.open(name).orElseThrow()) {
                    assertThat(in.readNBytes(new byte[100], 0, 100)).isEqualTo(100);
                }
            }
            assertThat(Samples.files(directory.resolve("cache/nar"))).isEmpty();
        }
    }

    @Test
    void twoStoresOverOneBucketSeeEachOther() throws Exception {
        try (S3Server server = new S3Server(directory)) {
            StoreSettings settings =
                    StoreSettings.DEFAULT.withLifetimes(java.time.Duration.ZERO, java.time.Duration.ZERO);
            String one = server.uri() + "&compression=zstd&disk-cache-size=50M&disk-cache=" + directory.resolve("one");
            String two = server.uri() + "&compression=zstd&disk-cache-size=50M&disk-cache=" + directory.resolve("two");
            assertThatThrownBy(() -> Stores.open(server.uri() + "&disk-cache=/x&disk-cache-size=1Q", settings))
                    .hasMessageContaining("is not a number of bytes");
            try (Store first = Stores.open(one, settings);
                    Store second = Stores.open(two, settings);
                    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                assertThatThrownBy(() -> Stores.open(one, settings))
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("another process uses the disk cache");
                List<Future<PathInfo>> adding = new ArrayList<>();
                for (int i = 0; i < 16; i++) {
                    Store store = i % 2 == 0 ? first : second;
                    long seed = i / 4;
                    adding.add(threads.submit(() -> {
                        NarSource tree = Samples.tree(seed, 40_000);
                        PathInfo info = Samples.info(Samples.path("p" + seed, seed), tree);
                        store.add(info, tree);
                        return info;
                    }));
                }
                for (Future<PathInfo> added : adding) {
                    PathInfo info = added.get(60, TimeUnit.SECONDS);
                    assertThat(Samples.told(first, info.path())).isEqualTo(info.narHash());
                    assertThat(Samples.told(second, info.path())).isEqualTo(info.narHash());
                }
                PathInfo gone = adding.getFirst().get();
                deleteAs(server, gone);
                for (Store store : List.of(first, second)) {
                    assertThat(store.pathInfo(gone.path())).isEmpty();
                    assertThatThrownBy(() -> Samples.told(store, gone.path()))
                            .isInstanceOfSatisfying(
                                    StoreException.class,
                                    e -> assertThat(e.kind()).isEqualTo(Kind.ABSENT));
                }
            }
        }
    }

    /** As a collector does: the narinfo first. */
    private static void deleteAs(S3Server server, PathInfo info) {
        server.store()
                .removeBlob(software.amazon.awssdk.services.s3.model.DeleteObjectRequest.builder()
                        .bucket(S3Server.BUCKET)
                        .key(info.path().hashPart() + ".narinfo")
                        .build());
    }

    @Test
    void aFileThatWasWrongIsFetchedAgain() throws Exception {
        NarSource tree = Samples.tree(1, 40_000);
        PathInfo info = Samples.info(Samples.path("p", 1), tree);
        try (UploadServer server = new UploadServer(directory.resolve("www"));
                Store store = Stores.open(
                        server.uri() + "?compression=none&disk-cache=" + directory.resolve("cache"),
                        StoreSettings.DEFAULT)) {
            store.add(info, tree);
            assertThat(Samples.told(store, info.path())).isEqualTo(info.narHash());
            String name = info.narHash().format(HashFormat.NIX32, false) + ".nar";
            awaitKept(name);
            Path kept = directory.resolve("cache/nar/" + name);
            byte[] bytes = Files.readAllBytes(kept);
            bytes[20_000] ^= 1;
            Files.write(kept, bytes);
            assertThatThrownBy(() -> Samples.told(store, info.path()))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT));
            assertThat(Samples.told(store, info.path())).isEqualTo(info.narHash());
        }
    }

    @Test
    void bytesAreSkippedWithoutBeingRead() throws Exception {
        remote.put("nar/a", 10_000);
        try (Transport transport = open(1 << 20);
                InputStream in = transport.open("nar/a").orElseThrow()) {
            assertThat(in.skip(20_000)).isEqualTo(20_000);
            assertThat(in.readAllBytes()).isEmpty();
            assertThat(all(transport, "nar/a")).hasSize(10_000);
        }
    }
}
