package dev.berth.store.local;

import dev.berth.nix.StorePath;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** The roots of garbage collection as Nix keeps them: symbolic links in {@code gcroots} and {@code profiles}. */
public interface GcRoots {
    /**
     * Makes {@code link} a symbolic link to a path and registers it, so that the path is alive as long as the link is
     * there. A link to a store path is replaced, anything else is not.
     *
     * @param link absolute, outside of the store
     */
    void addPermanent(StorePath path, Path link);

    /** Registers a link made by others: {@code gcroots/auto/<hash of its path>} will point to it. */
    void addIndirect(Path link);

    /** Every root: the path, and who holds it (links; {@code {temp:PID}}; files below {@code /proc}). */
    Map<StorePath, Set<String>> find();
}
