package dev.berth.store.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.Trees;
import dev.berth.store.local.ContentAdder;
import dev.berth.wire.GcRequest;
import dev.berth.wire.StoreOperations;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a store behind a daemon does, with the real nix-daemon of this machine. */
final class DaemonStoreTest {
    private static final StorePath UNKNOWN = new StorePath("00000000000000000000000000000000-unknown");

    @TempDir
    private Path directory;

    private RealDaemon daemon;

    @BeforeEach
    void startDaemon() {
        daemon = RealDaemon.start(directory);
    }

    @AfterEach
    void stopDaemon() {
        daemon.close();
    }

    private DaemonStore open(String parameters) {
        return (DaemonStore) Stores.open(daemon.uri() + parameters, StoreSettings.DEFAULT);
    }

    private Store local(String name) {
        return Stores.open("local?root=" + directory.resolve(name), StoreSettings.DEFAULT);
    }

    /** A closure: each path refers to some of those before it, the last to all. */
    private static List<PathInfo> fill(Store store, int count, long seed) {
        Random random = new Random(seed);
        List<PathInfo> infos = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<StorePath> references = new ArrayList<>();
            for (PathInfo before : infos) {
                if (i == count - 1 || random.nextInt(10) == 0) {
                    references.add(before.path());
                }
            }
            NarSource tree = Trees.tree(seed + i);
            PathInfo info = Trees.info(store.storeDir(), "path" + i, tree, references);
            store.add(info, tree);
            infos.add(info);
        }
        return infos;
    }

    private static Set<StorePath> paths(List<PathInfo> infos) {
        return Set.copyOf(infos.stream().map(PathInfo::path).toList());
    }

    private static ClosureCopy.Result copy(Store from, Store to, List<PathInfo> infos) {
        return ClosureCopy.copy(
                from, to, List.of(infos.getLast().path()), ClosureCopy.Options.TRUSTED, CopyProgress.NONE);
    }

    @Test
    void copiesClosuresBothWays() {
        try (Store here = local("here");
                DaemonStore there = open("");
                Store back = local("back")) {
            List<PathInfo> infos = fill(here, 60, 1);
            assertThat(copy(here, there, infos).copied()).isEqualTo(60);
            assertThat(copy(here, there, infos).copied()).isZero();
            assertThat(there.allValidPaths()).isEqualTo(paths(infos));
            assertThat(there.pathInfos(paths(infos)).keySet()).isEqualTo(paths(infos));
            assertThat(copy(there, back, infos).copied()).isEqualTo(60);
            for (PathInfo info : infos) {
                assertThat(there.pathInfo(info.path()).orElseThrow().references())
                        .isEqualTo(info.references());
                assertThat(back.pathInfo(info.path()).orElseThrow().narHash()).isEqualTo(info.narHash());
            }
        }
        daemon.nix().verifies(daemon.nix().uri());
        daemon.nix().verifies("local?root=" + directory.resolve("back"));
    }

    @Test
    void addsAsNixDoesAndCollects() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "hello\n");
        try (DaemonStore store = open("")) {
            StorePath added = new ContentAdder(store)
                    .addFrom(file, "file", ContentAddressMethod.NAR, HashAlgorithm.SHA256, Set.of());
            assertThat(daemon.nix().add(file)).isEqualTo(store.storeDir().print(added));
            StorePath text = new ContentAdder(store)
                    .addFrom(file, "text", ContentAddressMethod.TEXT, HashAlgorithm.SHA256, Set.of());
            Path root = daemon.nix().root().resolve("nix/var/nix/gcroots/kept");
            Files.createSymbolicLink(root, Path.of(store.storeDir().print(added)));
            assertThat(store.ask("list the roots of", StoreOperations::findRoots)
                            .get(added))
                    .contains(root.toString());
            assertThat(store.<Boolean>ask("verify", ops -> ops.verifyStore(true, false)))
                    .isFalse();
            GcRequest all = new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), -1);
            assertThatThrownBy(() -> store.ask(
                            "delete from",
                            ops -> ops.collectGarbage(
                                    new GcRequest(GcRequest.Action.DELETE_SPECIFIC, false, Set.of(added), -1))))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
                    .hasMessageContaining("alive")
                    .hasMessageNotContaining("\u001b");
            // The worker that added it holds a temporary root of it.
            assertThat(store.ask("collect", ops -> ops.collectGarbage(all)).paths())
                    .isEmpty();
            assertThat(store.validPaths(List.of(text))).hasSize(1);
        }
        try (DaemonStore store = open("")) {
            GcRequest all = new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), -1);
            assertThat(store.ask("collect", ops -> ops.collectGarbage(all)).paths())
                    .hasSize(1);
            assertThat(store.allValidPaths()).hasSize(1);
        }
    }

    @Test
    void saysThatAPathIsAbsent() {
        try (DaemonStore store = open("")) {
            assertThat(store.pathInfo(UNKNOWN)).isEmpty();
            assertThat(store.pathInfos(List.of(UNKNOWN))).isEmpty();
            try (Store here = local("here")) {
                assertThatThrownBy(() -> ClosureCopy.copy(
                                store, here, List.of(UNKNOWN), ClosureCopy.Options.TRUSTED, CopyProgress.NONE))
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ABSENT));
            }
        }
    }

    @Test
    void completesAfterTheDaemonWasKilled() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Store here = local("here");
                DaemonStore there = open("");
                Store back = local("back")) {
            List<PathInfo> infos = fill(here, 40, seed);
            for (int round = 0; round < 2; round++) {
                interrupted(here, there, infos, random, seed);
            }
            assertThat(copy(here, there, infos)).isNotNull();
            assertThat(there.allValidPaths()).as("seed " + seed).containsAll(paths(infos));
            for (int round = 0; round < 2; round++) {
                interrupted(there, back, infos, random, seed);
            }
            copy(there, back, infos);
            assertThat(back.validPaths(paths(infos))).isEqualTo(paths(infos));
        }
        daemon.nix().verifies(daemon.nix().uri());
        daemon.nix().verifies("local?root=" + directory.resolve("back"));
    }

    private void interrupted(Store from, Store to, List<PathInfo> infos, Random random, long seed) {
        AtomicLong left = new AtomicLong(random.nextLong(2_000_000));
        CopyProgress killing = new CopyProgress() {
            @Override
            public void transferred(long bytes) {
                if (left.getAndAdd(-bytes) > 0 && left.get() <= 0) {
                    daemon.kill();
                }
            }
        };
        try {
            ClosureCopy.copy(from, to, List.of(infos.getLast().path()), ClosureCopy.Options.TRUSTED, killing);
        } catch (StoreException e) {
            assertThat(e.kind()).as("seed " + seed + ": " + e.getMessage()).isEqualTo(Kind.UNAVAILABLE);
            assertThat(e.getMessage()).doesNotContain("\n").contains(daemon.uri());
        }
        daemon.kill();
        daemon.start();
    }

    @Test
    void connectsAgainToAnotherDaemon() {
        try (DaemonStore store = open("")) {
            assertThat(store.pathInfo(UNKNOWN)).isEmpty();
            daemon.kill();
            assertThatThrownBy(() -> store.pathInfo(UNKNOWN))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
            daemon.start();
            assertThat(store.pathInfo(UNKNOWN)).isEmpty();
            daemon.kill();
            daemon.start();
            // The connection of the pool is dead, which is noticed and mended.
            NarSource tree = Trees.tree(5);
            PathInfo info = Trees.info(store.storeDir(), "again", tree, List.of());
            store.add(info, tree);
            daemon.kill();
            daemon.start();
            assertThat(store.<Boolean>ask("verify", ops -> ops.verifyStore(false, false)))
                    .isFalse();
            daemon.kill();
            daemon.start();
            NarHasher hasher = new NarHasher();
            store.nar(info.path(), hasher);
            assertThat(hasher.hash()).isEqualTo(info.narHash());
        }
    }

    @Test
    void holdsTheNumberOfConnections() throws Exception {
        try (DaemonStore store = open("?max-connections=2")) {
            AtomicInteger running = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            CountDownLatch done = new CountDownLatch(12);
            for (int i = 0; i < 12; i++) {
                Thread.ofVirtual().start(() -> {
                    store.ask("count", ops -> {
                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                        try {
                            Thread.sleep(20);
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                        running.decrementAndGet();
                        return ops.isValidPath(UNKNOWN);
                    });
                    done.countDown();
                });
            }
            assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(most.get()).isEqualTo(2);
            assertThat(ProcessHandle.of(daemon.pid()).orElseThrow().children()).hasSizeLessThanOrEqualTo(2);
        }
    }

    @Test
    void keepsNoConnectionOfASinkThatFailed() throws IOException {
        try (DaemonStore store = open("?max-connections=1")) {
            NarSource tree = Trees.tree(6);
            PathInfo info = Trees.info(store.storeDir(), "tree", tree, List.of());
            store.add(info, tree);
            for (int i = 0; i < 3; i++) {
                OutputStream closed = OutputStream.nullOutputStream();
                closed.close();
                assertThatThrownBy(() -> store.nar(info.path(), new NarWriter(closed)))
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FAILED))
                        .hasMessageContaining("Stream closed");
                NarHasher hasher = new NarHasher();
                store.nar(info.path(), hasher);
                assertThat(hasher.hash()).isEqualTo(info.narHash());
            }
        }
    }

    @Test
    void givesUpOnADaemonThatHangs() throws IOException {
        Path socket = directory.resolve("silent");
        StoreSettings brief = StoreSettings.DEFAULT.withTimeouts(Duration.ofMillis(300), Duration.ofMillis(300), 0);
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(socket));
            try (Store store = Stores.open("unix://" + socket, brief)) {
                assertThatThrownBy(() -> store.pathInfo(UNKNOWN))
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                        .hasMessageContaining("waited longer than 300 ms");
            }
        }
        try (Store nobody = Stores.open("unix://" + socket, brief)) {
            assertThatThrownBy(() -> nobody.pathInfo(UNKNOWN))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                    .hasMessageContaining(socket.toString());
        }
    }
}
