package dev.berth.node;

import dev.berth.linux.Directory;
import dev.berth.linux.Entry;
import dev.berth.linux.Errno;
import dev.berth.linux.FileType;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Removes trees whatever their names, depth and links: by descriptors, never out of the tree or into a mount. */
final class Removal {
    private static final int ACCESSIBLE = 0700;

    private Removal() {}

    /** A directory whose entries are being removed, its name in the one above, and what is left in it. */
    private static final class Level {
        final Directory directory;
        final byte[] name;
        final Deque<Entry> subdirectories;

        Level(Directory directory, byte[] name, Deque<Entry> subdirectories) {
            this.directory = directory;
            this.name = name;
            this.subdirectories = subdirectories;
        }
    }

    /** Removes a file or directory, if it is there. */
    static void remove(Path path) throws IOException {
        Path parent = path.getParent();
        Path name = path.getFileName();
        if (parent == null || name == null) {
            throw new IOException("refusing to remove " + path);
        }
        try (Directory in = Directory.open(parent)) {
            byte[] bytes = Names.bytes(name);
            var stat = in.statIfExists(bytes);
            if (stat.isEmpty()) {
                return;
            }
            if (stat.get().type() != FileType.DIRECTORY) {
                in.unlink(bytes);
                return;
            }
            tree(in, bytes, stat.get().mount());
        }
    }

    // Levels keep descriptors open: a tree is at most as deep as a path is long when it was made by pods, and a NAR's
    // depth is bounded when it is restored.
    private static void tree(Directory in, byte[] name, long mount) throws IOException {
        Deque<Level> levels = new ArrayDeque<>();
        try {
            levels.push(enter(in, name, mount));
            while (!levels.isEmpty()) {
                Level level = levels.element();
                Entry next = level.subdirectories.poll();
                if (next != null) {
                    levels.push(enter(level.directory, next.name(), mount));
                    continue;
                }
                levels.pop().directory.close();
                Directory above = levels.isEmpty() ? in : levels.element().directory;
                above.removeDirectory(level.name);
            }
        } finally {
            for (Level level : levels) {
                level.directory.close();
            }
        }
    }

    /** Opens a directory, removes its files and lists its directories. */
    private static Level enter(Directory above, byte[] name, long mount) throws IOException {
        Directory directory = open(above, name);
        boolean done = false;
        try {
            if (directory.stat().mount() != mount) {
                throw new LinuxException(Errno.EBUSY, "unlinkat", directory + ", something is mounted there");
            }
            if ((directory.stat().permissions() & ACCESSIBLE) != ACCESSIBLE) {
                directory.setPermissions(ACCESSIBLE);
            }
            Deque<Entry> subdirectories = new ArrayDeque<>();
            // Listed before the first is removed: removing while reading may hide entries on some file systems.
            List<Entry> entries = directory.entries();
            for (Entry entry : entries) {
                if (entry.type() == FileType.DIRECTORY) {
                    subdirectories.add(entry);
                } else {
                    directory.unlink(entry.name());
                }
            }
            done = true;
            return new Level(directory, name, subdirectories);
        } finally {
            if (!done) {
                directory.close();
            }
        }
    }

    private static Directory open(Directory above, byte[] name) throws IOException {
        try {
            return above.openDirectory(name);
        } catch (LinuxException e) {
            if (!e.is(Errno.EACCES)) {
                throw e;
            }
            above.setPermissions(name, ACCESSIBLE);
            return above.openDirectory(name);
        }
    }
}
