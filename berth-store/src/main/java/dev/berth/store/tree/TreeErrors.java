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
        Errno errno = e.errno();
        if (errno.equals(Errno.ENOSPC) || errno.equals(Errno.EDQUOT)) {
            return new StoreException(Kind.NO_SPACE, doing + ", the disk is full: " + e.getMessage(), e);
        }
        if (errno.equals(Errno.ENOENT)) {
            return new StoreException(Kind.ABSENT, doing + ": " + e.getMessage(), e);
        }
        if (errno.equals(Errno.EEXIST) || errno.equals(Errno.EBUSY)) {
            return new StoreException(Kind.REFUSED, doing + ": " + e.getMessage(), e);
        }
        if (errno.equals(Errno.EROFS)) {
            return new StoreException(Kind.READ_ONLY, doing + ": " + e.getMessage(), e);
        }
        return new StoreException(Kind.FAILED, doing + ": " + e.getMessage(), e);
    }
}
