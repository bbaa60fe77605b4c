package dev.berth.store.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Trees;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Berth and Nix, several processes of each, on one store at a time. */
class LocalStoreTogetherTest {
    @TempDir
    private Path directory;

    @Test
    void addsAndCollectsWhileNixAddsAndCollects() throws Exception {
        RealNix nix = new RealNix(directory);
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            files.add(Files.writeString(directory.resolve("file" + i), "file " + i));
        }
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(nix.root()));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Boolean>> work = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                long seed = i / 2;
                work.add(() -> isThereOnceAdded(store, seed));
            }
            for (Path file : files) {
                work.add(() -> !nix.add(file).isEmpty());
            }
            for (int i = 0; i < 2; i++) {
                work.add(() -> !nix.output("nix-store", "--gc").contains("error"));
                work.add(() -> store.collectGarbage(GcOptions.deleteDead()).bytesFreed() >= 0);
            }
            for (var done : threads.invokeAll(work)) {
                assertThat(done.get()).isTrue();
            }
            assertThat(store.verify(true).problems()).isEmpty();
        }
        nix.verifies(nix.uri());
    }

    /** Nix 2.8 with realisations makes a database in two steps, the second of them alone: for whom a store stays open must not keep it from that. */
    @Test
    void makesAStoreWhileNixMakesItToo() throws Exception {
        RealNix nix = new RealNix(directory);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 20; round++) {
                Path root = directory.resolve("new-" + round);
                var verified =
                        threads.submit(() -> nix.command("nix-store", "--verify", "--store", "local?root=" + root)
                                .run());
                // Nix needs some milliseconds until it is there.
                TimeUnit.MILLISECONDS.sleep(round * 2L);
                try (LocalStore store = LocalStore.open(LocalStoreConfig.root(root))) {
                    // Where both find a directory absent and make it, Nix gives up; but it ends.
                    verified.get(60, TimeUnit.SECONDS);
                    assertThat(store.allValidPaths()).isEmpty();
                }
            }
        }
    }

    private static boolean isThereOnceAdded(LocalStore store, long seed) {
        NarSource tree = Trees.tree(seed);
        PathInfo info = Trees.info(store.storeDir(), "together", tree, List.of());
        try (LocalStore session = store.session()) {
            session.add(info, tree);
            return session.pathInfo(info.path()).isPresent() && Files.isDirectory(session.realPath(info.path()));
        }
    }

    /** What is killed: adds paths until then. */
    public static final class Adder {
        private Adder() {}

        /** @param arguments the root of the store, and whether to add in batches */
        public static void main(String[] arguments) {
            boolean batched = Boolean.parseBoolean(arguments[1]);
            try (LocalStore store = LocalStore.open(LocalStoreConfig.root(Path.of(arguments[0])));
                    AdditionBatch batch = store.batch()) {
                for (long seed = 0; ; seed++) {
                    NarSource tree = Trees.tree(seed);
                    PathInfo info = Trees.info(store.storeDir(), "killed", tree, List.of());
                    if (batched) {
                        batch.add(info, tree);
                    } else {
                        store.add(info, tree);
                    }
                    if (!batched || store.allValidPaths().findAny().isPresent()) {
                        System.out.println(seed);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void survivesBeingKilled(boolean batched) throws IOException, InterruptedException {
        RealNix nix = new RealNix(directory);
        for (int round = 0; round < 4; round++) {
            Process adder = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin/java").toString(),
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            Adder.class.getName(),
                            nix.root().toString(),
                            Boolean.toString(batched))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try {
                assertThat(adder.getInputStream().read()).isPositive();
                Thread.sleep(37L * round);
            } finally {
                adder.destroyForcibly();
                assertThat(adder.waitFor(30, TimeUnit.SECONDS)).isTrue();
            }
            try (LocalStore store = LocalStore.open(LocalStoreConfig.root(nix.root()))) {
                assertThat(store.verify(true).problems()).isEmpty();
                store.cleanUp();
                assertThat(store.verify(true).leftovers()).isEmpty();
                assertThat(store.allValidPaths()).isNotEmpty();
                store.collectGarbage(GcOptions.deleteDead());
                assertThat(store.allValidPaths()).isEmpty();
                assertThat(nix.root().resolve("nix/var/nix/temproots")).isEmptyDirectory();
            }
        }
        nix.verifies(nix.uri());
    }
}
