package dev.berth.store.tree;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Removes trees of files: read-only directories too, never what a symbolic link points to, and nothing on another mount.
 * A mount below the tree is found only on the way to it: a refused tree may be removed in part. Any thread.
 */
public final class TreeRemoval {
    private static final String DOING = "can't remove a tree";

    /** How often directories are listed again because something appeared in them meanwhile. */
    private static final int ATTEMPTS = 16;

    private long freed;
    private int attempts;

    private TreeRemoval() {}

    /**
     * Removes what is at a path, if there is anything.
     *
     * @return how many bytes of the disk that frees: those of files without another link
     * @throws StoreException of kind REFUSED if something is mounted there or below; FAILED or READ_ONLY otherwise
     */
    public static long remove(Path path) {
        try (TreeLocation location = TreeLocation.of(DOING, path)) {
            return remove(location.parent(), location.name());
        }
    }

    /** As {@link #remove(Path)}, by a name in an open directory. */
    public static long remove(Directory parent, byte[] name) {
        TreeRemoval removal = new TreeRemoval();
        try {
            removal.root(parent, name);
        } catch (LinuxException e) {
            throw TreeErrors.of(DOING, e);
        } catch (IOException e) {
            throw new StoreException(Kind.FAILED, DOING + ": " + e.getMessage(), e);
        }
        return removal.freed;
    }

    private void root(Directory parent, byte[] name) throws IOException {
        Optional<FileStat> stat = parent.statIfExists(name);
        if (stat.isEmpty()) {
            return;
        }
        long mount = parent.stat().mount();
        if (stat.get().type() != FileType.DIRECTORY) {
            unlink(parent, name, stat.get());
            return;
        }
        unlock(parent, name, stat.get(), mount);
        try (OpenPath path = new OpenPath(parent.openDirectory(name))) {
            below(path, mount);
        }
        parent.removeDirectory(name);
    }

    /** Empties the root of the path. */
    private void below(OpenPath path, long mount) throws IOException {
        // Of each open directory the directories that are still in it.
        Deque<List<byte[]>> left = new ArrayDeque<>();
        left.push(unlinkFiles(path.current()));
        while (true) {
            List<byte[]> directories = left.element();
            if (!directories.isEmpty()) {
                byte[] name = directories.removeLast();
                unlock(path.current(), name, path.current().stat(name), mount);
                path.enter(name);
                left.push(unlinkFiles(path.current()));
            } else if (path.depth() == 0) {
                return;
            } else {
                byte[] name = path.name();
                path.leave();
                left.pop();
                if (!isRemoved(path.current(), name)) {
                    left.element().add(name);
                }
            }
        }
    }

    private boolean isRemoved(Directory parent, byte[] name) throws LinuxException {
        try {
            parent.removeDirectory(name);
            return true;
        } catch (LinuxException e) {
            if (e.is(Errno.ENOTEMPTY) && attempts++ < ATTEMPTS) {
                return false;
            }
            throw e;
        }
    }

    private List<byte[]> unlinkFiles(Directory directory) throws IOException {
        List<byte[]> directories = new ArrayList<>();
        directory.forEach((name, type, inode) -> {
            if (type == FileType.DIRECTORY) {
                directories.add(name);
            } else {
                unlink(directory, name, directory.stat(name));
            }
        });
        return directories;
    }

    private void unlink(Directory directory, byte[] name, FileStat stat) throws LinuxException {
        directory.unlink(name);
        if (stat.links() == 1) {
            freed += stat.allocated();
        }
    }

    /** Lets this process list and change a directory, unless something is mounted there. */
    private void unlock(Directory parent, byte[] name, FileStat stat, long mount) throws LinuxException {
        if (stat.mountRoot() || stat.mount() != mount) {
            throw new StoreException(
                    Kind.REFUSED, DOING + ": " + parent + "/" + Names.show(name) + " is a mount; unmount it first");
        }
        if ((stat.permissions() & 0700) != 0700) {
            parent.setPermissions(name, 0700);
        }
        freed += stat.allocated();
    }
}
