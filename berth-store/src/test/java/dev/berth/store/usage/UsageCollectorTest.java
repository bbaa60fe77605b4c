package dev.berth.store.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException;
import dev.berth.store.Trees;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageCollectorTest {
    private static final CollectionPolicy POLICY = CollectionPolicy.NONE.grace(Duration.ofMinutes(10));

    @TempDir
    private Path directory;

    private RealNix nix;
    private LocalStore store;
    private UsageDatabase database;
    private UsageCollector collector;
    private final Instant now = Instant.now();

    @BeforeEach
    void open() {
        nix = new RealNix(directory);
        store = LocalStore.open(LocalStoreConfig.root(nix.root()));
        database = UsageDatabase.beside(store.config());
        collector = UsageCollector.of(store, database, Optional.empty());
    }

    @AfterEach
    void close() {
        database.close();
        store.close();
        nix.verifies(nix.uri());
    }

    private StorePath add(String name, long seed, int daysAgo, StorePath... references) {
        NarSource tree = Trees.tree(seed);
        PathInfo info = Trees.info(store.storeDir(), name, tree, List.of(references))
                .registeredAt(now.minus(Duration.ofDays(daysAgo)));
        try (LocalStore session = store.session()) {
            session.add(info, tree);
        }
        return info.path();
    }

    private long size(StorePath... paths) {
        return store.pathInfos(List.of(paths)).stream()
                .mapToLong(PathInfo::narSize)
                .sum();
    }

    private Set<StorePath> valid() {
        return store.allValidPaths().collect(Collectors.toSet());
    }

    private static List<StorePath> paths(CollectionReport report) {
        return report.paths().stream().map(CollectedPath::path).toList();
    }

    @Test
    void deletesByAgeButWhatRootsPinsAndUsesHold() {
        StorePath base = add("base", 1, 100);
        StorePath rooted = add("rooted", 2, 100, base);
        StorePath lower = add("lower", 3, 100);
        StorePath upper = add("upper", 4, 41, lower);
        StorePath used = add("used", 5, 100, lower);
        StorePath pinned = add("pinned", 6, 100);
        StorePath alone = add("alone", 7, 50);
        store.roots().addPermanent(rooted, directory.resolve("result"));
        new Pins(store, database).pin("release/1", pinned);
        database.used(Map.of(used, now.minus(Duration.ofDays(5))));

        CollectionPolicy policy = POLICY.olderThan(Duration.ofDays(30));
        CollectionReport dry = collector.dryRun(policy);
        assertThat(paths(dry)).containsExactly(alone, upper);
        assertThat(dry.paths()).extracting(CollectedPath::reason).containsExactly("unused for 50 d", "unused for 41 d");
        assertThat(dry.kept()).isEqualTo(Map.of(Kept.ROOT, 2L, Kept.PIN, 1L, Kept.NOT_NEEDED, 2L));
        assertThat(valid()).hasSize(7);

        CollectionReport report = collector.collect(policy);
        assertThat(report.paths()).isEqualTo(dry.paths());
        assertThat(report.kept()).isEqualTo(dry.kept());
        assertThat(report.freed()).isPositive();
        assertThat(report.after()).isEqualTo(size(base, rooted, lower, used, pinned));
        assertThat(valid()).containsExactlyInAnyOrder(base, rooted, lower, used, pinned);

        // A pin is a root to Nix, too.
        nix.output("nix-store", "--gc");
        assertThat(valid()).containsExactlyInAnyOrder(base, rooted, pinned);
        assertThat(new Pins(store, database).unpin("release/1")).isTrue();
        assertThat(paths(collector.collect(policy))).containsExactly(pinned);
    }

    @Test
    void reachesASizeAndNoMore() {
        StorePath oldest = add("oldest", 1, 30);
        StorePath middle = add("middle", 2, 20);
        StorePath youngest = add("youngest", 3, 10);
        CollectionPolicy policy = POLICY.maxSize(size(middle, youngest));
        assertThat(paths(collector.collect(policy))).containsExactly(oldest);
        assertThat(collector.collect(policy).paths()).isEmpty();
        // What was used is younger than what was not.
        database.used(Map.of(middle, now.minus(Duration.ofDays(1))));
        assertThat(paths(collector.collect(POLICY.maxSize(size(middle))))).containsExactly(youngest);
        CollectionReport unmet = collector.collect(POLICY.maxSize(0).grace(Duration.ofDays(2)));
        assertThat(unmet.paths()).isEmpty();
        assertThat(unmet.unmet().orElse("")).contains("more than 0 B");
        assertThat(unmet.kept()).isEqualTo(Map.of(Kept.GRACE, 1L));
    }

    @Test
    void leavesWhatIsTakenUpMeanwhile() {
        StorePath lower = add("lower", 1, 100);
        StorePath upper = add("upper", 2, 100, lower);
        StorePath alone = add("alone", 3, 100);
        try (LocalStore reader = store.session()) {
            reader.addTempRoots(List.of(upper));
            CollectionReport report = collector.collect(POLICY.olderThan(Duration.ofDays(1)));
            assertThat(paths(report)).containsExactly(alone);
            assertThat(report.kept()).isEqualTo(Map.of(Kept.ROOT, 2L));
        }
        // Told by another process after the plan was made: what it needs stays, too.
        UsageCollector late = UsageCollector.of(store, database, Optional.empty())
                .telling(() -> database.used(Map.of(upper, Instant.now())));
        StorePath other = add("other", 4, 200);
        assertThat(paths(late.collect(POLICY.olderThan(Duration.ofDays(1))))).contains(other);
    }

    @Test
    void removesWhatKilledProcessesLeft() throws IOException {
        Path left = Files.createDirectories(store.config().realStoreDir().resolve(".trash-x"));
        Files.writeString(left.resolve("file"), "x".repeat(5000));
        Path half = Files.writeString(store.config().realStoreDir().resolve("a".repeat(32) + "-half"), "half");
        StorePath kept = add("kept", 1, 1);
        CollectionReport report = collector.collect(POLICY.olderThan(Duration.ofDays(30)));
        assertThat(report.freed()).isGreaterThanOrEqualTo(5004);
        assertThat(left).doesNotExist();
        assertThat(half).doesNotExist();
        assertThat(valid()).containsExactly(kept);
    }

    @Test
    void countsTheDerivationAsNeededByItsOutput() {
        StorePath derivation = add("thing.drv-like", 1, 100);
        NarSource tree = Trees.tree(2);
        PathInfo output = Trees.info(store.storeDir(), "thing", tree, List.of())
                .withDeriver(Optional.of(derivation))
                .registeredAt(now.minus(Duration.ofDays(100)));
        try (LocalStore session = store.session()) {
            session.add(output, tree);
        }
        database.used(Map.of(output.path(), now.minus(Duration.ofDays(1))));
        assertThat(collector.collect(POLICY.olderThan(Duration.ofDays(30))).paths())
                .isEmpty();
    }

    /** On a file system that is really nearly full. */
    @Test
    void freesAsMuchOfTheDiskAsIsAskedFor() throws IOException {
        Requires.root();
        Path disk = Files.createDirectory(directory.resolve("disk"));
        Command.of("mount", "-t", "tmpfs", "-o", "size=64m", "berth-test", disk.toString())
                .succeed();
        try (LocalStore small = LocalStore.open(LocalStoreConfig.root(disk));
                UsageDatabase uses = UsageDatabase.beside(small.config())) {
            byte[] mebibyte = new byte[1 << 20];
            List<StorePath> added = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                mebibyte[0] = (byte) i;
                NarSource file = sink -> {
                    sink.startFile(false, mebibyte.length);
                    sink.contents(mebibyte, 0, mebibyte.length);
                    sink.endFile();
                };
                PathInfo info = Trees.info(small.storeDir(), "path-" + i, file, List.of())
                        .registeredAt(now.minus(Duration.ofDays(100 - i)));
                try (LocalStore session = small.session()) {
                    session.add(info, file);
                }
                added.add(info.path());
            }
            FileStore space = Files.getFileStore(disk);
            assertThat(space.getUsableSpace()).isLessThan(14 << 20);
            UsageCollector freeing = UsageCollector.of(small, uses, Optional.empty());
            CollectionReport report = freeing.collect(POLICY.minFree(FreeSpace.parse("50%")));
            assertThat(report.unmet()).isEmpty();
            assertThat(space.getUsableSpace()).isGreaterThanOrEqualTo(32 << 20);
            // The oldest, and no more than it takes.
            assertThat(paths(report))
                    .containsExactlyElementsOf(added.subList(0, report.paths().size()));
            assertThat(space.getUsableSpace()).isLessThan(36 << 20);
            assertThat(freeing.collect(POLICY.minFree(FreeSpace.parse("20M"))).paths())
                    .isEmpty();
            CollectionReport toomuch = freeing.collect(POLICY.minFree(FreeSpace.parse("1G")));
            assertThat(toomuch.unmet().orElse("")).contains("less than 1");
        } finally {
            Command.of("umount", disk.toString()).succeed();
        }
    }

    @Test
    void keepsTogetherWhatNixIsToldTo() {
        CollectionPolicy all = CollectionPolicy.NONE.maxSize(0).grace(Duration.ZERO);
        Pins pins = new Pins(store, database);
        for (boolean outputs : List.of(true, false)) {
            for (boolean derivations : List.of(true, false)) {
                String what = "keep-outputs " + outputs + ", keep-derivations " + derivations;
                StorePath output = store.storeDir()
                        .parse(nix.build("derivation { name = \"thing\"; system = builtins.currentSystem;"
                                        + " builder = \"/bin/sh\"; args = [ \"-c\" \"echo hello > $out\" ]; }")
                                .getFirst());
                StorePath derivation =
                        store.pathInfo(output).orElseThrow().deriver().orElseThrow();
                UsageCollector keeping =
                        UsageCollector.of(store, database, Optional.empty(), new Keeping(outputs, derivations));

                pins.pin("p", output);
                assertThat(paths(keeping.collect(all)).contains(derivation))
                        .as(what)
                        .isEqualTo(!derivations);
                assertThat(valid()).as(what).contains(output);
                pins.unpin("p");
                if (derivations) {
                    pins.pin("p", derivation);
                    assertThat(paths(keeping.collect(all)).contains(output))
                            .as(what)
                            .isEqualTo(!outputs);
                    assertThat(valid()).as(what).contains(derivation);
                    pins.unpin("p");
                }
                keeping.collect(all);
                assertThat(valid()).as(what).isEmpty();
            }
        }
    }

    @Test
    void worksWithSharedFilesOfTheStore() {
        StorePath one = add("one", 1, 100);
        StorePath same = add("same", 1, 1);
        try (LocalStore session = store.session()) {
            session.upkeep().optimise(one);
            session.upkeep().optimise(same);
        }
        assertThat(paths(collector.collect(POLICY.olderThan(Duration.ofDays(30)))))
                .containsExactly(one);
        assertThat(valid()).containsExactly(same);
        collector.collect(POLICY.olderThan(Duration.ZERO).grace(Duration.ZERO));
        assertThat(store.config().realStoreDir().resolve(".links")).isEmptyDirectory();
    }

    @Test
    void refusesPinsOfWhatIsNotThere() {
        StorePath absent = new StorePath("b".repeat(32) + "-absent");
        Pins pins = new Pins(store, database);
        assertThatThrownBy(() -> pins.pin("a", absent))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("-absent': it is not in store");
        assertThat(pins.all()).isEmpty();
        assertThat(pins.unpin("a")).isFalse();
    }

    @Test
    void countsByAge() {
        StorePath lower = add("lower", 1, 100);
        add("upper", 2, 5, lower);
        add("old", 3, 60);
        database.used(Map.of(lower, now.minus(Duration.ofDays(9))));
        UsageStats stats = collector.stats();
        assertThat(stats.paths()).isEqualTo(3);
        assertThat(stats.seen()).isEqualTo(1);
        assertThat(stats.oldest().orElseThrow()).isBefore(now.minus(Duration.ofDays(59)));
        assertThat(stats.newest().orElseThrow()).isAfter(now.minus(Duration.ofDays(6)));
        assertThat(stats.ages()).extracting(UsageStats.Age::paths).containsExactly(0L, 0L, 2L, 0L, 1L, 0L);
        assertThat(stats.bytes())
                .isEqualTo(
                        stats.ages().stream().mapToLong(UsageStats.Age::bytes).sum());
    }
}
