package dev.berth.node.injection;

import dev.berth.nix.StorePath;
import java.util.Comparator;

/**
 * A file or directory of a closure that a container sees at a place of its own, such as {@code /etc/passwd}.
 *
 * @param target where, an absolute path without dots, neither the root nor in {@code /nix}
 * @param source the store path it comes from
 * @param below where in that, empty for the store path itself, else starting with a slash
 */
public record StoreMount(String target, StorePath source, String below) implements Comparable<StoreMount> {
    private static final Comparator<StoreMount> ORDER = Comparator.comparing(StoreMount::target)
            .thenComparing(StoreMount::source)
            .thenComparing(StoreMount::below);

    /** Those in a directory come after what is mounted on it. */
    @Override
    public int compareTo(StoreMount other) {
        return ORDER.compare(this, other);
    }
}
