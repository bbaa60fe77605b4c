package dev.berth.store.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where one process makes the files of a cache before they appear in it: a directory of its own in {@code .berth-tmp},
 * with a lock that tells the others that it lives. Directories whose process died are removed when another begins.
 */
final class Workspace {
    private static final String NAME = ".berth-tmp";

    /**
     * In the names of this process's directories: opening the lock of one of them and closing it again would free it,
     * as POSIX locks belong to processes.
     */
    private static final String PROCESS = UUID.randomUUID().toString();

    private static final ReentrantLock IN_PROCESS = new ReentrantLock();

    private final Path top;
    private final AtomicLong count = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Path own;
    private @Nullable FileChannel alive;

    Workspace(Path cache) {
        this.top = cache.resolve(NAME);
    }

    /** A name for a new file. */
    Path newFile() throws IOException {
        return directory().resolve(Long.toString(count.incrementAndGet()));
    }

    /** What is done alone. */
    interface Change {
        void run() throws IOException;
    }

    /** Runs a change while no other user of the cache runs one. */
    void exclusively(Change change) throws IOException {
        directory();
        locked(change);
    }

    private void locked(Change change) throws IOException {
        IN_PROCESS.lock();
        try (FileChannel channel =
                        FileChannel.open(top.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = channel.lock()) {
            change.run();
        } finally {
            IN_PROCESS.unlock();
        }
    }

    private Path directory() throws IOException {
        lock.lock();
        try {
            if (own != null) {
                return own;
            }
            Path mine = top.resolve(PROCESS + "-" + UUID.randomUUID());
            Files.createDirectories(top);
            locked(() -> {
                removeDead();
                Files.createDirectory(mine);
                FileChannel channel =
                        FileChannel.open(mine.resolve("lock"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                channel.lock();
                alive = channel;
            });
            own = mine;
            return mine;
        } finally {
            lock.unlock();
        }
    }

    private void removeDead() throws IOException {
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(top, Files::isDirectory)) {
            for (Path directory : directories) {
                if (!String.valueOf(directory.getFileName()).startsWith(PROCESS) && isDead(directory)) {
                    remove(directory);
                }
            }
        }
    }

    private static boolean isDead(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory.resolve("lock"), StandardOpenOption.WRITE);
                FileLock got = channel.tryLock()) {
            return got != null;
        } catch (NoSuchFileException e) {
            // Killed between making the directory and its lock, both of which happen under the common lock.
            return true;
        }
    }

    private static void remove(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(directory);
    }

    void close() {
        lock.lock();
        try {
            if (own != null && alive != null) {
                Path mine = own;
                own = null;
                try (FileChannel _ = alive) {
                    remove(mine);
                }
            }
        } catch (IOException e) {
            // What is left is removed by the next one to write, as after a crash.
        } finally {
            lock.unlock();
        }
    }
}
