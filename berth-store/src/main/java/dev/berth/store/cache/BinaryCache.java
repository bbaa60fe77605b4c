package dev.berth.store.cache;

import dev.berth.store.Store;

/** A binary cache. */
public abstract class BinaryCache implements Store {
    /** The smaller, the earlier it is to be asked: what its {@code nix-cache-info} says. */
    public abstract int priority();
}
