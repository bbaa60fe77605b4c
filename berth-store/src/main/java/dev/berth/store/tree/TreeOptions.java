package dev.berth.store.tree;

/**
 * How a tree is made.
 *
 * @param preallocate whether a file's blocks are reserved before its contents come: a full disk shows early, and large
 *     files lie in one piece; costs a call a file
 * @param sync whether the tree is on the disk when it is complete, by one sync of the whole file system: it survives a
 *     power failure. Nix has this as {@code fsync-store-paths}, off unless asked for
 */
public record TreeOptions(boolean preallocate, boolean sync) {
    /** Neither. */
    public static final TreeOptions DEFAULT = new TreeOptions(false, false);
}
