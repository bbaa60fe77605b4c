package dev.berth.node.presentation;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Removes trees with several threads, by descriptors: whatever their names and links, never out of the tree, and never
 * into a mount, which is EBUSY. Takes read-only directories. Safe for use by many threads, on different trees.
 */
public final class TreeRemoval {
    private static final int ACCESSIBLE = 0700;

    private final int threads;

    /** @param threads how many threads work on one tree, at least 1 */
    public TreeRemoval(int threads) {
        this.threads = threads;
    }

    /**
     * Removes a file, or a directory with all in it, if it is there.
     *
     * @throws IOException if something could not be removed; the rest of the tree may be left, too
     */
    public void remove(Path path) throws IOException {
        Path parent = path.getParent();
        Path name = path.getFileName();
        if (parent == null || name == null) {
            throw new IOException("refusing to remove " + path);
        }
        try (Directory in = Directory.open(parent)) {
            byte[] bytes = Names.bytes(name);
            Optional<FileStat> stat = in.statIfExists(bytes);
            if (stat.isEmpty()) {
                return;
            }
            if (stat.get().type() != FileType.DIRECTORY) {
                in.unlink(bytes);
                return;
            }
            try (Directory directory = open(in, bytes, in.stat().mount())) {
                empty(directory);
            }
            in.removeDirectory(bytes);
        }
    }

    /** Removes all that is in a directory, but not the directory. */
    public void empty(Directory directory) throws IOException {
        long mount = directory.stat().mount();
        Crew.work(threads, crew -> new Task(crew, mount, new Level(null, new byte[0], directory)));
    }

    /** A directory that is closed, and removed from the one above, once it is empty; the topmost stays. */
    private static final class Level {
        final @Nullable Level above;
        final byte[] name;
        final Directory directory;

        /** Its subdirectories that are not done with, and one for its own files. */
        final AtomicInteger pending = new AtomicInteger(1);

        /** Whether something in it could not be removed. */
        volatile boolean kept;

        Level(@Nullable Level above, byte[] name, Directory directory) {
            this.above = above;
            this.name = name;
            this.directory = directory;
        }
    }

    private record Task(Crew crew, long mount, Level level) implements Crew.Task {
        @Override
        public void run() throws IOException {
            boolean done = false;
            try {
                for (byte[] name : removeFiles(level.directory)) {
                    if (crew.stopped()) {
                        return;
                    }
                    Level below = new Level(level, name, open(level.directory, name, mount));
                    level.pending.incrementAndGet();
                    Task task = new Task(crew, mount, below);
                    if (!crew.offer(task)) {
                        task.run();
                    }
                }
                done = true;
            } finally {
                end(!done);
            }
        }

        @Override
        public void abandon() {
            try {
                end(true);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Ends this level's own part, and the levels whose last part it was. */
        private void end(boolean kept) throws IOException {
            if (kept) {
                level.kept = true;
            }
            Level ended = level;
            while (ended.pending.decrementAndGet() == 0 && ended.above != null) {
                ended.directory.close();
                Level above = ended.above;
                if (ended.kept || crew.stopped()) {
                    above.kept = true;
                } else {
                    above.directory.removeDirectory(ended.name);
                }
                ended = above;
            }
        }
    }

    /** Removes all but the subdirectories, whose names it gives. */
    private static List<byte[]> removeFiles(Directory directory) throws IOException {
        List<byte[]> files = new ArrayList<>();
        List<byte[]> directories = new ArrayList<>();
        // Listed before the first is removed: removing while reading may hide entries on some file systems.
        directory.forEach((name, type, inode) -> (type == FileType.DIRECTORY ? directories : files).add(name));
        for (byte[] name : files) {
            directory.unlink(name);
        }
        return directories;
    }

    private static Directory open(Directory in, byte[] name, long mount) throws IOException {
        Directory directory = openAnyway(in, name);
        boolean good = false;
        try {
            FileStat stat = directory.stat();
            if (stat.mount() != mount) {
                throw new LinuxException(Errno.EBUSY, "unlinkat", directory + ", something is mounted there");
            }
            if ((stat.permissions() & ACCESSIBLE) != ACCESSIBLE && stat.owner() != 0) {
                directory.setPermissions(ACCESSIBLE);
            }
            good = true;
            return directory;
        } finally {
            if (!good) {
                directory.close();
            }
        }
    }

    private static Directory openAnyway(Directory in, byte[] name) throws IOException {
        try {
            return in.openDirectory(name);
        } catch (LinuxException e) {
            if (!e.is(Errno.EACCES)) {
                throw e;
            }
            in.setPermissions(name, ACCESSIBLE);
            return in.openDirectory(name);
        }
    }
}
