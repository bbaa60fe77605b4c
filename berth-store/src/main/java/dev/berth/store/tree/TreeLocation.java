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

    private TreeLocation(Directory parent, byte[] name) {
        this.parent = parent;
        this.name = name;
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
        int slash = bytes.length - 1;
        while (bytes[slash] != '/') {
            slash--;
        }
        byte[] name = Arrays.copyOfRange(bytes, slash + 1, bytes.length);
        String text = Names.show(name);
        if (text.isEmpty() || text.equals(".") || text.equals("..")) {
            throw new IllegalArgumentException("the path " + Names.show(bytes) + " does not end in a name");
        }
        try {
            return new TreeLocation(Directory.open(Arrays.copyOf(bytes, Math.max(slash, 1))), name);
        } catch (LinuxException e) {
            throw TreeErrors.of(doing, e);
        }
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
            parent.close();
        } catch (LinuxException e) {
            throw TreeErrors.of("can't close a directory", e);
        }
    }
}
