package dev.berth.store.tree;

import dev.berth.linux.Directory;
import dev.berth.linux.Entry;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.nix.nar.NarSink;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * One telling of a tree. A small file costs four calls: open, statx, one read that shows its end too, close. A failure of
 * the tree is a {@link StoreException}; whatever else is thrown comes from the sink.
 */
final class TreeWalk {
    private static final int BUFFER = 64 * 1024;
    private static final int SMALL = 8 * 1024;

    private final NarSink sink;
    /** Small until there is a file that is not: most trees have none, and a large buffer is not free to make. */
    private byte[] buffer = new byte[SMALL];

    TreeWalk(NarSink sink) {
        this.sink = sink;
    }

    void root(Directory parent, byte[] name) throws IOException {
        FileType type;
        try {
            type = parent.stat(name).type();
        } catch (LinuxException e) {
            throw TreeErrors.of(TreeSource.DOING, e);
        }
        if (type != FileType.DIRECTORY) {
            leaf(parent, name, type);
            return;
        }
        Directory root;
        try {
            root = parent.openDirectory(name);
        } catch (LinuxException e) {
            throw TreeErrors.of(TreeSource.DOING, e);
        }
        try (OpenPath path = new OpenPath(root)) {
            directory(path);
        }
    }

    private void directory(OpenPath path) throws IOException {
        Deque<Iterator<Entry>> open = new ArrayDeque<>();
        open.push(entries(path));
        sink.startDirectory();
        while (!open.isEmpty()) {
            Iterator<Entry> entries = open.element();
            if (entries.hasNext()) {
                entry(path, open, entries.next());
            } else {
                end(path, open);
            }
        }
    }

    private void entry(OpenPath path, Deque<Iterator<Entry>> open, Entry entry) throws IOException {
        sink.entry(entry.name());
        if (entry.type() != FileType.DIRECTORY) {
            leaf(path.current(), entry.name(), entry.type());
            return;
        }
        try {
            path.enter(entry.name());
        } catch (LinuxException e) {
            throw TreeErrors.of(TreeSource.DOING, e);
        }
        open.push(entries(path));
        sink.startDirectory();
    }

    private void end(OpenPath path, Deque<Iterator<Entry>> open) throws IOException {
        sink.endDirectory();
        open.pop();
        if (!open.isEmpty()) {
            try {
                path.leave();
            } catch (LinuxException e) {
                throw TreeErrors.of(TreeSource.DOING, e);
            }
        }
    }

    private static Iterator<Entry> entries(OpenPath path) throws IOException {
        try {
            return path.current().entries().iterator();
        } catch (LinuxException e) {
            throw TreeErrors.of(TreeSource.DOING, e);
        }
    }

    private void leaf(Directory directory, byte[] name, FileType type) throws IOException {
        switch (type) {
            case REGULAR -> file(directory, name);
            case SYMLINK -> sink.symlink(target(directory, name));
            case SPECIAL -> throw unsupported(directory, name);
            case DIRECTORY -> throw changed(directory, name);
        }
    }

    private static byte[] target(Directory directory, byte[] name) {
        try {
            return directory.readLink(name);
        } catch (LinuxException e) {
            throw TreeErrors.of(TreeSource.DOING, e);
        }
    }

    private void file(Directory directory, byte[] name) throws IOException {
        try (OpenFile file = open(directory, name)) {
            FileStat stat = stat(file);
            if (stat.type() != FileType.REGULAR) {
                throw changed(directory, name);
            }
            sink.startFile((stat.permissions() & 0100) != 0, stat.size());
            if (sink instanceof OpenFileSink open && open.takesFile(stat.size())) {
                open.contents(file, stat.size());
                sink.endFile();
                return;
            }
            if (stat.size() >= buffer.length && buffer.length < BUFFER) {
                buffer = new byte[BUFFER];
            }
            for (long left = stat.size(); ; ) {
                // More is asked for than is left: a small file shows its end with its contents, in one call.
                int count = read(file);
                if (count > left || (count < 0 && left > 0)) {
                    throw changed(directory, name);
                }
                if (count > 0) {
                    sink.contents(buffer, 0, count);
                    left -= count;
                }
                if (left == 0 && count < buffer.length) {
                    break;
                }
            }
            sink.endFile();
        }
    }

    private static OpenFile open(Directory directory, byte[] name) {
        try {
            return directory.openFile(name);
        } catch (LinuxException e) {
            throw TreeErrors.of(TreeSource.DOING, e);
        }
    }

    private static FileStat stat(OpenFile file) {
        try {
            return file.stat();
        } catch (LinuxException e) {
            throw TreeErrors.of(TreeSource.DOING, e);
        }
    }

    private int read(OpenFile file) {
        try {
            return file.read(buffer, 0, buffer.length);
        } catch (LinuxException e) {
            throw TreeErrors.of(TreeSource.DOING, e);
        }
    }

    private static StoreException unsupported(Directory directory, byte[] name) {
        return new StoreException(
                Kind.REFUSED,
                TreeSource.DOING + ": " + show(directory, name)
                        + " is a device, a socket or a pipe; a store path holds files, directories and symbolic links");
    }

    private static StoreException changed(Directory directory, byte[] name) {
        return new StoreException(
                Kind.FAILED,
                TreeSource.DOING + ": " + show(directory, name)
                        + " changes while it is read; try again when nothing writes" + " to it");
    }

    private static String show(Directory directory, byte[] name) {
        return directory + "/" + Names.show(name);
    }
}
