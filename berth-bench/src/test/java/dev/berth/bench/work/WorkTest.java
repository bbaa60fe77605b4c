package dev.berth.bench.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSink;
import java.io.IOException;
import java.util.List;
import java.util.NavigableSet;
import org.junit.jupiter.api.Test;

/** The work has the size that the benchmarks say, and is the same each time. */
final class WorkTest {
    private static final List<String> REFERENCES = List.of("/nix/store/" + "0".repeat(StorePath.HASH_LENGTH) + "-a");

    @Test
    void treesAreTheSameEachTime() throws IOException {
        for (Work work : List.of(Work.SMALL, Work.MANY)) {
            assertThat(hash(work.tree(3, REFERENCES))).isEqualTo(hash(work.tree(3, REFERENCES)));
            assertThat(hash(work.tree(3, REFERENCES))).isNotEqualTo(hash(work.tree(4, REFERENCES)));
        }
        assertThat(hash(Work.MANY.root(0, REFERENCES))).isNotEqualTo(hash(Work.MANY.root(1, REFERENCES)));
    }

    @Test
    void closuresHaveTheSizeThatTheyAreKnownBy() throws IOException {
        Census small = new Census();
        Census many = new Census();
        for (int node = 0; node < Work.NODES; node++) {
            // Only some of the large one: it is as even as it is large.
            Work.SMALL.tree(node, REFERENCES).sendTo(small);
            if (node % 50 == 0) {
                Work.MANY.tree(node, REFERENCES).sendTo(many);
            }
        }
        assertThat(small.files).isBetween(27_000L, 31_000L);
        assertThat(small.bytes).isBetween(200_000_000L, 240_000_000L);
        assertThat(many.files * 50).isBetween(295_000L, 305_000L);
        assertThat(many.bytes * 50).isBetween(1_800_000_000L, 2_200_000_000L);
    }

    @Test
    void pathsReferToEarlierOnesAndAllAreReached() {
        Dag dag = Dag.of(7, Work.NODES);
        boolean[] reached = new boolean[Work.NODES];
        dag.tops().forEach(top -> reached[top] = true);
        for (int path = Work.NODES - 1; path >= 0; path--) {
            NavigableSet<Integer> references = dag.references().get(path);
            assertThat(reached[path]).as("path %s is reached", path).isTrue();
            assertThat(references).allMatch(to -> to >= 0).hasSizeLessThanOrEqualTo(5);
            assertThat(references.isEmpty() || references.last() < path).isTrue();
            references.forEach(to -> reached[to] = true);
        }
        assertThat(dag.references().get(0)).isEmpty();
        assertThat(dag.references().subList(1, Work.NODES)).noneMatch(NavigableSet::isEmpty);
        assertThat(dag.tops()).hasSizeBetween(100, 1200);
    }

    private static String hash(MadeTree tree) throws IOException {
        NarHasher hasher = new NarHasher();
        tree.sendTo(hasher);
        return hasher.hash().toNix32();
    }

    private static final class Census implements NarSink {
        private long files;
        private long bytes;

        @Override
        public void startDirectory() {}

        @Override
        public void entry(byte[] name) {}

        @Override
        public void endDirectory() {}

        @Override
        public void startFile(boolean executable, long size) {
            files++;
            bytes += size;
        }

        @Override
        public void contents(byte[] buffer, int offset, int length) {}

        @Override
        public void endFile() {}

        @Override
        public void symlink(byte[] target) {}
    }
}
