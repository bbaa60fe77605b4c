package dev.berth.store.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.Trees;
import dev.berth.store.cache.BinaryCache;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheCollectionTest {
    private static final CollectionPolicy OLD =
            CollectionPolicy.NONE.olderThan(Duration.ofDays(30)).grace(Duration.ZERO);

    @TempDir
    private Path directory;

    private BinaryCache cache;
    private UsageDatabase database;
    private UsageCollector collector;

    @BeforeEach
    void open() {
        cache = (BinaryCache)
                Stores.open("file://" + directory.resolve("cache") + "?compression=zstd", StoreSettings.DEFAULT);
        database = UsageDatabase.beside(cache).orElseThrow();
        collector = UsageCollector.of(cache, database, Optional.empty(), Duration.ZERO);
    }

    @AfterEach
    void close() {
        database.close();
        cache.close();
    }

    private StorePath add(String name, long seed, int daysAgo, StorePath... references) throws IOException {
        NarSource tree = Trees.tree(seed);
        PathInfo info = Trees.info(StoreDir.DEFAULT, name, tree, List.of(references));
        cache.add(info, tree);
        Files.setLastModifiedTime(
                narInfo(info.path()), FileTime.from(Instant.now().minus(Duration.ofDays(daysAgo))));
        return info.path();
    }

    private Path narInfo(StorePath path) {
        return directory.resolve("cache/" + path.hashPart() + ".narinfo");
    }

    private long nars() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("cache/nar"))) {
            return files.count();
        }
    }

    private void read(StorePath path) throws IOException {
        cache.nar(path, new NarHasher());
    }

    @Test
    void deletesTheNarinfoFirstAndTheNarWhenNobodyCanWantIt() throws IOException {
        StorePath lower = add("lower", 1, 100);
        StorePath upper = add("upper", 2, 90, lower);
        StorePath used = add("used", 3, 100, lower);
        database.used(Map.of(used, Instant.now()));
        CollectionReport dry = collector.dryRun(OLD);
        assertThat(dry.paths()).extracting(CollectedPath::path).containsExactly(upper);
        CollectionPolicy patient = OLD.grace(Duration.ofDays(1));
        CollectionReport first = collector.collect(patient);
        assertThat(first.paths()).isEqualTo(dry.paths());
        assertThat(narInfo(upper)).doesNotExist();
        assertThat(nars()).isEqualTo(3);
        assertThat(first.freed()).isZero();

        // Its time comes: what was noted to stay for a day is overdue.
        String file = database.notes().unnamed().keySet().iterator().next();
        assertThat(database.notes().unnamed()).hasSize(1);
        database.notes().named(List.of(file));
        database.notes().unnamed(List.of(file), Instant.now().minusSeconds(1));
        CollectionReport second = collector.collect(patient);
        assertThat(second.freed()).isPositive();
        assertThat(nars()).isEqualTo(2);
        read(lower);
        read(used);
    }

    @Test
    void whatSomebodyReliesOnStaysWithAllThatItNeeds() throws IOException {
        StorePath lower = add("lower", 1, 100);
        StorePath upper = add("upper", 2, 90, lower);
        StorePath top = add("top", 3, 90, upper);
        List<StorePath> forgotten = new ArrayList<>();
        try (UsageLog log = UsageLog.ofCache(database, UsageLog.Settings.DEFAULT, forgotten::addAll)) {
            assertThat(log.hold(List.of(upper))).isTrue();
            PathGraph.Builder graph = new PathGraph.Builder();
            graph.add(lower, 1, Instant.EPOCH, List.of());
            graph.add(upper, 1, Instant.EPOCH, List.of(lower));
            graph.add(top, 1, Instant.EPOCH, List.of(upper));
            List<StorePath> victims = List.of(top, upper, lower);
            try (Condemnation condemned = new Condemnation(database.notes(), "me", graph.build(), victims)) {
                log.flush();
                assertThat(victims).allMatch(log::isContested);
                assertThat(log.hold(List.of(upper))).as("to be looked at again").isFalse();
                assertThat(log.hold(List.of(upper))).isTrue();
                assertThat(forgotten).containsExactly(upper);
                assertThat(condemned.decide(List.of(top, upper))).containsExactly(top);
                condemned.done(List.of(top, upper));
                assertThat(condemned.decide(List.of(lower))).isEmpty();
            }
            log.flush();
            assertThat(victims).noneMatch(log::isContested);
            assertThat(forgotten).contains(top, lower);
        }
    }

    @Test
    void whoAsksForWhatIsBeingDeletedWaitsUntilItIsGone() throws Exception {
        StorePath path = add("path", 1, 100);
        PathGraph.Builder graph = new PathGraph.Builder();
        graph.add(path, 1, Instant.EPOCH, List.of());
        try (UsageLog log = UsageLog.ofCache(database, UsageLog.Settings.DEFAULT, _ -> {})) {
            database.lease(CollectionTurn.NAME, "me", Duration.ofMinutes(5));
            CountDownLatch asking = new CountDownLatch(1);
            AtomicBoolean found = new AtomicBoolean(true);
            Thread client;
            try (Condemnation condemned = new Condemnation(database.notes(), "me", graph.build(), List.of(path))) {
                log.flush();
                assertThat(condemned.decide(List.of(path))).containsExactly(path);
                client = Thread.startVirtualThread(() -> {
                    asking.countDown();
                    boolean held;
                    do {
                        found.set(!cache.validPaths(List.of(path)).isEmpty());
                        held = log.hold(List.of(path));
                    } while (!held);
                });
                asking.await();
                assertThat(client.join(Duration.ofMillis(200))).as("it waits").isFalse();
                cache.upkeep().deleteNarInfo(path.hashPart());
                condemned.done(List.of(path));
            }
            assertThat(client.join(Duration.ofMinutes(1))).isTrue();
            assertThat(found).isFalse();

            // Of who was killed nothing is waited for.
            database.release(CollectionTurn.NAME, "me");
            Condemnation killed = new Condemnation(database.notes(), "me", graph.build(), List.of(path));
            assertThat(killed.decide(List.of(path))).containsExactly(path);
            log.flush();
            assertThat(log.hold(List.of(path))).isFalse();
            assertThat(log.hold(List.of(path))).isTrue();
        }
    }

    @Test
    void keepsANarThatTwoPathsShareAndOneThatIsBeingUploaded() throws IOException {
        StorePath one = add("one", 1, 100);
        StorePath same = add("same", 1, 1);
        Path upload = Files.writeString(directory.resolve("cache/nar/upload.nar.zst"), "no narinfo yet");
        assertThat(collector.collect(OLD).paths())
                .extracting(CollectedPath::path)
                .containsExactly(one);
        collector.collect(OLD);
        read(same);
        assertThat(upload).exists();
        assertThat(database.notes().unnamed()).containsOnlyKeys("nar/upload.nar.zst");
    }

    @Test
    void deletesNoNarAsLongAsANarinfoCannotBeRead() throws IOException {
        StorePath old = add("old", 1, 100);
        Path broken = Files.writeString(directory.resolve("cache/" + "c".repeat(32) + ".narinfo"), "no narinfo");
        assertThat(collector.collect(OLD).paths())
                .extracting(CollectedPath::path)
                .containsExactly(old);
        assertThat(collector.collect(OLD).freed()).isZero();
        assertThat(nars()).isEqualTo(1);
        Files.delete(broken);
        collector.collect(OLD);
        assertThat(collector.collect(OLD).freed()).isPositive();
        assertThat(nars()).isZero();
    }

    @Test
    void reachesASizeOfFilesAsTheyAreStored() throws IOException {
        StorePath old = add("old", 1, 100);
        StorePath young = add("young", 2, 2);
        long size = cache.downloadSize(young).orElseThrow();
        CollectionReport report = collector.collect(CollectionPolicy.NONE.maxSize(size));
        assertThat(report.paths()).extracting(CollectedPath::path).containsExactly(old);
        assertThat(report.after()).isEqualTo(size);
    }

    private StorePath output(String name, long seed, int daysAgo, StorePath deriver) throws IOException {
        NarSource tree = Trees.tree(seed);
        PathInfo info = Trees.info(StoreDir.DEFAULT, name, tree, List.of()).withDeriver(Optional.of(deriver));
        cache.add(info, tree);
        Files.setLastModifiedTime(
                narInfo(info.path()), FileTime.from(Instant.now().minus(Duration.ofDays(daysAgo))));
        cache.realisations().add(Realisation.of(byHash(info.path()), info.path()));
        cache.realisations().add(Realisation.of(new DrvOutput.ByPath(deriver, name), info.path()));
        cache.logs().add(deriver, new ByteArrayInputStream(new byte[10]));
        return info.path();
    }

    private static DrvOutput.ByHash byHash(StorePath path) {
        return new DrvOutput.ByHash(Hash.sha256(path.baseName().getBytes(StandardCharsets.UTF_8)), "out");
    }

    private static StorePath derivation(char digit) {
        return new StorePath(String.valueOf(digit).repeat(32) + "-x.drv");
    }

    private boolean hasLog(StorePath drv) throws IOException {
        try (InputStream log = cache.logs().open(drv).orElse(InputStream.nullInputStream())) {
            return log.readAllBytes().length > 0;
        }
    }

    @Test
    void deletesRealisationsAndLogsWithTheirPaths() throws IOException {
        StorePath both = derivation('1');
        StorePath one = derivation('2');
        StorePath old = output("old", 1, 100, both);
        StorePath young = output("young", 2, 1, both);
        StorePath last = output("last", 3, 100, one);
        // Of a path of another cache.
        StorePath elsewhere = new StorePath("3".repeat(32) + "-elsewhere");
        cache.realisations().add(Realisation.of(byHash(elsewhere), elsewhere));
        cache.logs().add(derivation('3'), new ByteArrayInputStream(new byte[10]));
        Path broken =
                Files.writeString(directory.resolve("cache/realisations/sha256:" + "a".repeat(64) + "!out.doi"), "{");

        assertThat(collector.collect(OLD).paths())
                .extracting(CollectedPath::path)
                .containsExactlyInAnyOrder(old, last);
        for (StorePath gone : List.of(old, last)) {
            assertThat(cache.realisations().find(byHash(gone))).isEmpty();
        }
        assertThat(cache.realisations().find(new DrvOutput.ByPath(both, "old"))).isEmpty();
        assertThat(cache.realisations().find(new DrvOutput.ByPath(one, "last"))).isEmpty();
        assertThat(hasLog(one)).isFalse();

        assertThat(cache.realisations().find(byHash(young))).isPresent();
        assertThat(cache.realisations().find(new DrvOutput.ByPath(both, "young")))
                .isPresent();
        assertThat(hasLog(both)).isTrue();
        assertThat(cache.realisations().find(byHash(elsewhere))).isPresent();
        assertThat(hasLog(derivation('3'))).isTrue();
        assertThat(broken).exists();

        Files.setLastModifiedTime(narInfo(young), FileTime.from(Instant.now().minus(Duration.ofDays(100))));
        collector.collect(OLD);
        assertThat(hasLog(both)).isFalse();
    }

    @Test
    void keepsTheLogOfADerivationThatIsThere() throws IOException {
        NarSource text = Trees.tree(9);
        PathInfo info = Trees.info(StoreDir.DEFAULT, "kept.drv", text, List.of());
        cache.add(info, text);
        output("old", 1, 100, info.path());
        collector.collect(OLD);
        assertThat(hasLog(info.path())).isTrue();
        Files.setLastModifiedTime(
                narInfo(info.path()), FileTime.from(Instant.now().minus(Duration.ofDays(100))));
        collector.collect(OLD);
        assertThat(hasLog(info.path())).isFalse();
    }

    @Test
    void refusesWhatItCannotDo() {
        assertThatThrownBy(() -> collector.collect(CollectionPolicy.NONE.minFree(FreeSpace.parse("10%"))))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("does not tell its free space");
        try (Store http = Stores.open("http://127.0.0.1:1", StoreSettings.DEFAULT)) {
            UsageCollector none = UsageCollector.of(http, database, Optional.empty());
            assertThatThrownBy(() -> none.collect(OLD))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("can't be listed");
        }
    }
}
