package dev.berth.store.tree;

import dev.berth.linux.Directory;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.store.StoreException;
import java.nio.file.Path;
import java.util.Arrays;

/** Where a tree is: a name in a directory. */
final class TreeLocation implements AutoCloseable {
    private final Directory parent;
    private final byte[] name;
    private final boolean owned;

    private TreeLocation(Directory parent, byte[] name, boolean owned) {
        this.parent = parent;
        this.name = name;
        this.owned = owned;
    }

    /** A name in a directory that is open already and stays so. */
    static TreeLocation in(Directory parent, byte[] name) {
        return new TreeLocation(parent, name, false);
    }

    /**
     * Opens the directory that holds a path. Links before the last component are followed.
     *
     * @param doing for the message, such as {@code can't read a tree}
     * @throws StoreException if there is no such directory
     * @throws IllegalArgumentException if the path has no last component other than {@code .} and {@code ..}
     */
    static TreeLocation of(String doing, Path path) {
        byte[] bytes = Names.bytes(path.toAbsolutePath());
        int slash = lastSlash(bytes);
        byte[] name = Arrays.copyOfRange(bytes, slash + 1, bytes.length);
        String text = Names.show(name);
        if (text.isEmpty() || text.equals(".") || text.equals("..")) {
            throw new IllegalArgumentException("the path " + Names.show(bytes) + " does not end in a name");
        }
        try {
            return new TreeLocation(Directory.open(Arrays.copyOf(bytes, Math.max(slash, 1))), name, true);
        } catch (LinuxException e) {
            throw TreeErrors.of(doing, e);
        }
    }

    private static int lastSlash(byte[] path) {
        int slash = path.length - 1;
        while (path[slash] != '/') {
            slash--;
        }
        return slash;
    }

    Directory parent() {
        return parent;
    }

    byte[] name() {
        return name;
    }

    @Override
    public void close() {
        try {
            if (owned) {
                parent.close();
            }
        } catch (LinuxException e) {
            throw TreeErrors.of("can't close a directory", e);
        }
    }
}
