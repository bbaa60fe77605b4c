package dev.berth.store.tree;

import dev.berth.linux.Directory;
import dev.berth.linux.Entry;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Gives a tree of files that others made the metadata of store paths, in place (libstore/posix-fs-canonicalise.cc):
 * modes 0444 and 0555, so that set-user-id and the like go; time of change 1; this process's user and group; no ACLs or
 * extended attributes. Nobody else may change the tree meanwhile: this follows no links, but what is made later is
 * missed. Any thread.
 */
public final class Canonicalisation {
    private static final String DOING = "can't make a tree canonical";

    private final FileStat self;
    private final long mount;

    private Canonicalisation(FileStat self, long mount) {
        this.self = self;
        this.mount = mount;
    }

    /**
     * Makes the tree at a path canonical: a file, a directory or a symbolic link, which is not followed.
     *
     * @throws StoreException of kind REFUSED if it holds devices, sockets, pipes or mounts; ABSENT if it is not there;
     *     FAILED or READ_ONLY otherwise; a part of it may be canonical then
     */
    public static void apply(Path path) {
        try (TreeLocation location = TreeLocation.of(DOING, path)) {
            Directory parent = location.parent();
            Canonicalisation all =
                    new Canonicalisation(Canonical.self(), parent.stat().mount());
            if (all.node(parent, location.name()) == FileType.DIRECTORY) {
                try (OpenPath open = new OpenPath(parent.openDirectory(location.name()))) {
                    all.below(open);
                }
            }
        } catch (LinuxException e) {
            throw TreeErrors.of(DOING, e);
        } catch (IOException e) {
            throw new StoreException(Kind.FAILED, DOING + ": " + e.getMessage(), e);
        }
    }

    private void below(OpenPath path) throws IOException {
        Deque<Iterator<Entry>> open = new ArrayDeque<>();
        open.push(path.current().entries().iterator());
        while (!open.isEmpty()) {
            if (open.element().hasNext()) {
                byte[] name = open.element().next().name();
                if (node(path.current(), name) == FileType.DIRECTORY) {
                    path.enter(name);
                    open.push(path.current().entries().iterator());
                }
            } else {
                open.pop();
                if (!open.isEmpty()) {
                    path.leave();
                }
            }
        }
    }

    private FileType node(Directory directory, byte[] name) throws LinuxException {
        FileStat stat = directory.stat(name);
        if (stat.type() == FileType.SPECIAL) {
            throw refused(directory, name, "is a device, a socket or a pipe");
        }
        if (stat.mountRoot() || stat.mount() != mount) {
            throw refused(directory, name, "is a mount; unmount it first");
        }
        Canonical.removeAttributes(directory, name);
        // Before the mode: a change of owner can clear bits of it.
        if (stat.owner() != self.owner()) {
            directory.setOwner(name, self.owner(), self.group());
        }
        if (stat.type() != FileType.SYMLINK && stat.permissions() != Canonical.permissions(stat)) {
            directory.setPermissions(name, Canonical.permissions(stat));
        }
        if (stat.modified() != Canonical.MODIFIED || stat.modifiedNanos() != 0) {
            directory.setModified(name, Canonical.MODIFIED);
        }
        return stat.type();
    }

    private static StoreException refused(Directory directory, byte[] name, String complaint) {
        return new StoreException(Kind.REFUSED, DOING + ": " + directory + "/" + Names.show(name) + " " + complaint);
    }
}
