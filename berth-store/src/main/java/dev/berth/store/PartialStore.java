package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import java.util.function.Predicate;

/** A store that may hold a path without what it refers to, as whoever reads it reads other stores beside it. */
public interface PartialStore extends Store {
    /**
     * Adds a path as {@link #add(PathInfo, NarSource)} does, of which some references need not be here.
     *
     * @param elsewhere whether everybody who reads this store finds a path in another
     */
    void add(PathInfo info, NarSource nar, Predicate<StorePath> elsewhere);

    @Override
    default void add(PathInfo info, NarSource nar) {
        add(info, nar, _ -> false);
    }

    /**
     * Makes a store of what is to be one, where that is a step of its own. What adds paths does so itself; this is for those
     * who ask a new store before.
     */
    void prepare();
}
