package dev.berth.store.tree;

import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;

/** What a failed system call means for a store. */
final class TreeErrors {
    private TreeErrors() {}

    /** @param doing what was tried, such as {@code can't restore a tree} */
    static StoreException of(String doing, LinuxException e) {
        Kind kind = kind(e);
        return new StoreException(
                kind, doing + (kind == Kind.NO_SPACE ? ", the disk is full: " : ": ") + e.getMessage(), e);
    }

    private static Kind kind(LinuxException e) {
        if (e.is(Errno.ENOENT)) {
            return Kind.ABSENT;
        }
        return e.is(Errno.EEXIST) || e.is(Errno.EBUSY) ? Kind.REFUSED : Kind.of(e);
    }
}
