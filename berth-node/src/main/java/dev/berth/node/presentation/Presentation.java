package dev.berth.node.presentation;

import dev.berth.linux.DetachedMount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A way to show a closure as one directory tree. A tree is made once for each closure, in a directory of its own; volumes are mounts of it.
 * Safe for use by many threads, on different trees.
 *
 * <p>A volume shows the closure's trees at {@code <root><store dir>/<base name>} and, at {@code <root>} itself, the dereferenced
 * tree of the primary path: its directories and files, its links into the closure replaced by what they lead to, links that leave
 * the store or dangle kept as they are, cycles cut. Where the primary path is a file there is nothing to dereference; its entry
 * that has the name of the store dir's first component gives way to the store dir.
 */
public interface Presentation {
    /** What a tree shows beside the closure and the primary path. */
    @FunctionalInterface
    interface State {
        /** Writes it below a directory, which may hold a part already; nothing in the store dir. */
        void write(Path root) throws IOException;
    }

    /**
     * Makes the tree of a closure. The store's files are never changed, but for their link counts. When it throws, the directory may hold a
     * part.
     *
     * @param tree an existing empty directory on the file system of the store that nobody else uses; it may be renamed afterwards
     * @throws IOException if a system call failed; its message names the call and the path
     */
    void make(Closure closure, State state, Path tree) throws IOException;

    /** Makes the mount ready that volumes of a tree share, if there is one. By one thread at a time. */
    void ready(Path tree) throws IOException;

    /** Where that mount is, in the tree's directory: it goes with the tree, and is no use of it. */
    Optional<Path> shared(Path tree);

    /** A mount of a tree, which is {@linkplain #ready ready}, as a read-only volume: not attached, and private. */
    DetachedMount readOnly(Path tree) throws IOException;

    /** A mount of a tree as a volume with a writable layer of its own, not attached. */
    DetachedMount readWrite(Path tree, Writable layer) throws IOException;
}
