package dev.berth.store.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Trees;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.testing.RealNix;
import dev.berth.testing.Seed;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Collections in processes of their own, killed at some moment. */
class KilledCollectionTest {
    private static final int ROUNDS = 4;
    private static final int PATHS = 60;

    @TempDir
    private Path directory;

    /** What is killed: it collects until there is nothing to collect. */
    static final class Victim {
        private Victim() {}

        /** @param arguments the root of the store */
        public static void main(String[] arguments) {
            try (LocalStore store = LocalStore.open(LocalStoreConfig.root(Path.of(arguments[0])));
                    UsageDatabase database = UsageDatabase.beside(store.config())) {
                UsageCollector collector = UsageCollector.of(store, database, Optional.empty());
                System.out.println("collecting");
                collector.collect(policy());
            }
        }
    }

    private static CollectionPolicy policy() {
        return CollectionPolicy.NONE.olderThan(Duration.ofDays(30));
    }

    @Test
    void leavesAStoreThatVerifies() throws Exception {
        RealNix nix = new RealNix(directory);
        Random random = new Random(Seed.first());
        for (int round = 0; round < ROUNDS; round++) {
            List<StorePath> kept = new ArrayList<>();
            try (LocalStore store = LocalStore.open(LocalStoreConfig.root(nix.root()));
                    UsageDatabase database = UsageDatabase.beside(store.config())) {
                fill(store, random, round);
                List<StorePath> all = store.allValidPaths().toList();
                for (int i = 0; i < 3; i++) {
                    kept.add(all.get(random.nextInt(all.size())));
                    database.used(Map.of(kept.getLast(), Instant.now()));
                }
            }
            kill(nix.root(), random.nextInt(60));
            nix.verifies(nix.uri());
            try (LocalStore store = LocalStore.open(LocalStoreConfig.root(nix.root()))) {
                assertThat(store.validPaths(kept)).containsAll(kept);
                assertThat(store.closure(kept)).containsAll(kept);
            }
        }
        // Two at once, and then nothing is left to collect, and nothing lies about.
        Process one = start(nix.root());
        Process other = start(nix.root());
        assertThat(one.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(other.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(one.exitValue()).isZero();
        assertThat(other.exitValue()).isZero();
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(nix.root()));
                UsageDatabase database = UsageDatabase.beside(store.config());
                var files = java.nio.file.Files.list(store.config().realStoreDir())) {
            assertThat(UsageCollector.of(store, database, Optional.empty())
                            .dryRun(policy())
                            .paths())
                    .isEmpty();
            assertThat(files.filter(file -> !file.endsWith(".links")).count())
                    .isEqualTo(store.allValidPaths().count());
        }
        nix.verifies(nix.uri());
    }

    private static void fill(LocalStore store, Random random, int round) {
        List<StorePath> added = new ArrayList<>();
        try (LocalStore session = store.session()) {
            for (int i = 0; i < PATHS; i++) {
                NarSource tree = Trees.file("file " + round + " " + i);
                List<StorePath> references = new ArrayList<>();
                for (int n = random.nextInt(3); n > 0 && !added.isEmpty(); n--) {
                    references.add(added.get(random.nextInt(added.size())));
                }
                PathInfo info = Trees.info(store.storeDir(), "p" + i, tree, references)
                        .registeredAt(Instant.now().minus(Duration.ofDays(100)));
                session.add(info, tree);
                added.add(info.path());
            }
        }
    }

    private static void kill(Path root, int millis) throws Exception {
        Process process = start(root);
        try {
            assertThat(process.inputReader().readLine()).isEqualTo("collecting");
            Thread.sleep(millis);
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static Process start(Path root) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        root.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
