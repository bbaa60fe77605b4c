package dev.berth.store.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.Trees;
import dev.berth.store.cache.BinaryCache;
import dev.berth.testing.S3Server;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Collecting a bucket of a real S3 server. */
class BucketCollectionTest {
    private static final CollectionPolicy ALL = CollectionPolicy.NONE.maxSize(0).grace(Duration.ZERO);

    @TempDir
    private Path directory;

    private static StorePath add(BinaryCache cache, String name, long seed, StorePath... references) {
        NarSource tree = Trees.tree(seed);
        PathInfo info = Trees.info(StoreDir.DEFAULT, name, tree, List.of(references));
        cache.add(info, tree);
        return info.path();
    }

    private static DrvOutput.ByHash output(StorePath path) {
        return new DrvOutput.ByHash(Hash.sha256(new byte[] {(byte) path.name().length()}), "out");
    }

    @Test
    void deletesNarinfosThenNarsAndKeepsWhatIsPinned() throws Exception {
        try (S3Server server = new S3Server(directory);
                BinaryCache cache = (BinaryCache) Stores.open(
                        server.uri() + "&compression=zstd&disk-cache=" + directory.resolve("disk"),
                        StoreSettings.DEFAULT);
                UsageDatabase database = UsageDatabase.open("jdbc:sqlite:" + directory.resolve("usage.sqlite"))) {
            StorePath lower = add(cache, "lower", 1);
            StorePath upper = add(cache, "upper", 2, lower);
            StorePath unused = add(cache, "unused-one", 3, lower);
            for (StorePath path : List.of(upper, unused)) {
                cache.realisations().add(Realisation.of(output(path), path));
            }
            new Pins(cache, database).pin("held", upper);
            UsageCollector collector = UsageCollector.of(cache, database, Optional.empty(), Duration.ZERO);

            assertThat(collector.collect(ALL).paths())
                    .extracting(CollectedPath::path)
                    .containsExactly(unused);
            assertThat(cache.upkeep().hashParts()).containsOnlyKeys(lower.hashPart(), upper.hashPart());
            assertThat(cache.realisations().find(output(unused))).isEmpty();
            assertThat(cache.realisations().find(output(upper))).isPresent();

            collector.collect(ALL);
            assertThat(cache.upkeep().nars()).hasSize(2);
            for (StorePath path : List.of(lower, upper)) {
                NarHasher hasher = new NarHasher();
                cache.nar(path, hasher);
                assertThat(hasher.hash())
                        .isEqualTo(cache.pathInfo(path).orElseThrow().narHash());
            }
        }
    }
}
