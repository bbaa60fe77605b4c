package dev.berth.store.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        String file = database.unnamed().keySet().iterator().next();
        assertThat(database.unnamed()).hasSize(1);
        database.named(List.of(file));
        database.unnamed(List.of(file), Instant.now().minusSeconds(1));
        CollectionReport second = collector.collect(patient);
        assertThat(second.freed()).isPositive();
        assertThat(nars()).isEqualTo(2);
        read(lower);
        read(used);
    }

    @Test
    void deletesByLevelsWhatIsToSettle() throws IOException {
        StorePath lower = add("lower", 1, 100);
        StorePath upper = add("upper", 2, 90, lower);
        // Whoever was told of the upper path tells so when it is deleted, and then the lower one stays.
        UsageCollector slow = UsageCollector.of(cache, database, Optional.empty(), Duration.ofMillis(1))
                .telling(() -> database.used(Map.of(upper, Instant.now())));
        CollectionReport report = slow.collect(OLD.grace(Duration.ofHours(1)));
        assertThat(report.paths()).extracting(CollectedPath::path).containsExactly(upper);
        assertThat(report.kept()).isEqualTo(Map.of(Kept.TAKEN_UP, 1L));
        read(lower);
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
        assertThat(database.unnamed()).containsOnlyKeys("nar/upload.nar.zst");
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
