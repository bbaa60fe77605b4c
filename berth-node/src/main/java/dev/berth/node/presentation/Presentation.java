package dev.berth.node.presentation;

import java.io.IOException;
import java.nio.file.Path;

/** A way to show a closure as one directory tree. Safe for use by many threads. */
@FunctionalInterface
public interface Presentation {
    /**
     * Fills a directory with the closure's trees at {@code <root><store dir>/<base name>} and, at {@code <root>} itself,
     * with the dereferenced tree of the primary path: its directories and files, its links into the closure replaced by
     * what they lead to, links that leave the store or dangle kept as they are, cycles cut. Where the primary path is
     * a file there is nothing to dereference; its entry that has the name of the store dir's first component gives
     * way to the store dir.
     *
     * <p>The store's files are never changed, but for their link counts. When it throws, the directory may hold a part.
     *
     * @param root an existing empty directory on the file system of the store that nobody else uses
     * @throws IOException if a system call failed; its message names the call and the path
     */
    void present(Closure closure, Path root) throws IOException;
}
