package dev.berth.bench.work;

import java.util.List;
import java.util.Locale;

/** A piece of work, the same on every machine. */
public enum Work {
    /** One path of one file of 1 GiB, which no codec makes smaller. */
    BIG(1, 11),
    /** One path of 20,000 files, about 1 GiB. */
    TREE(1, 13),
    /** A closure of 2,000 paths, about 30,000 files and 220 MB. */
    SMALL(1, 2_000_000),
    /** A closure of 2,000 paths, about 300,000 files and 2 GB, with as many roots as a benchmark may want cold ones. */
    MANY(24, 4_000_000);

    /** The paths of a closure below its root. */
    static final int NODES = 1999;

    private final int roots;
    private final long seed;

    Work(int roots, long seed) {
        this.roots = roots;
        this.seed = seed;
    }

    /**
     * How many paths of the closure nothing refers to. Each refers to the same others, so that its closure is the whole
     * but for the other roots.
     */
    public int roots() {
        return roots;
    }

    /** How many paths one root's closure has. */
    public int paths() {
        return isClosure() ? NODES + 1 : 1;
    }

    /** Which paths of a closure refer to which. */
    Dag dag() {
        return Dag.of(seed, NODES);
    }

    boolean isClosure() {
        return this == SMALL || this == MANY;
    }

    /** The name in files and tables. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The tree of one path: one of the nodes of a closure, or the only one. */
    MadeTree tree(int node, List<String> references) {
        long mine = seed + node;
        return switch (this) {
            case BIG -> new MadeTree(mine, 1, 1, 1 << 30, 1 << 30, false, List.of());
            case TREE -> new MadeTree(mine, 20_000, 100, 1024, 106_352, false, List.of());
            case SMALL -> {
                Noise noise = new Noise(mine);
                int files = noise.between(5, 20);
                int each = noise.between(10, 200) * 1024 / files;
                yield new MadeTree(mine, files, 7, each / 2, each * 3 / 2, true, references);
            }
            case MANY -> new MadeTree(mine, 148, 10, 512, 12_288, true, references);
        };
    }

    /** The tree of a root: hardly more than its references. */
    MadeTree root(int number, List<String> references) {
        return new MadeTree(seed - 1 - number, 1, 1, 64, 64, false, references);
    }
}
