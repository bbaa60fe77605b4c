package dev.berth.store.cache;

import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Whole files in a directory of one process, those least recently used forgotten when there are too many bytes. A file has
 * its name only when all of it is on the disk, so that a crash leaves nothing half; who reads one that is forgotten goes on
 * reading it. Thread-safe.
 */
final class DiskCache implements AutoCloseable {
    private final Path files;
    private final Path unfinished;
    private final long most;
    private final FileChannel guard;
    private final AtomicLong count = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();

    /** The sizes by name, the least recently used first; under the lock, as the sum. */
    private final LinkedHashMap<String, Long> sizes = new LinkedHashMap<>(16, 0.75f, true);

    private long sum;

    /**
     * @param directory is made if it is not there
     * @param most how many bytes of whole files may be kept; what is being written comes on top
     * @throws StoreException of kind {@code REFUSED} if another process uses the directory
     */
    DiskCache(Path directory, long most) throws IOException {
        this.files = directory.resolve("nar");
        this.unfinished = directory.resolve("unfinished");
        this.most = most;
        Files.createDirectories(files);
        Files.createDirectories(unfinished);
        this.guard = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean ready = false;
        try {
            if (!isLocked()) {
                throw new StoreException(Kind.REFUSED, "another process uses the disk cache " + directory);
            }
            load();
            ready = true;
        } finally {
            if (!ready) {
                guard.close();
            }
        }
    }

    private boolean isLocked() throws IOException {
        try {
            FileLock taken = guard.tryLock(); // held until the channel is closed
            return taken != null;
        } catch (java.nio.channels.OverlappingFileLockException e) {
            return false;
        }
    }

    private record Found(String name, long size, FileTime used) {}

    private void load() throws IOException {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(unfinished)) {
            for (Path leftover : leftovers) {
                Files.delete(leftover);
            }
        }
        List<Found> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(files)) {
            for (Path file : all) {
                found.add(new Found(
                        String.valueOf(file.getFileName()), Files.size(file), Files.getLastModifiedTime(file)));
            }
        }
        found.sort(Comparator.comparing(Found::used));
        for (Found file : found) {
            sizes.put(file.name(), file.size());
            sum += file.size();
        }
        shrink();
    }

    /** A file that is here whole, opened. */
    Optional<FileChannel> open(String name) throws IOException {
        lock.lock();
        try {
            if (sizes.get(name) == null) {
                return Optional.empty();
            }
            Path file = files.resolve(name);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            // By this the order outlives the process.
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            return Optional.of(channel);
        } catch (java.nio.file.NoSuchFileException e) {
            remove(name); // somebody cleaned up by hand
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** A place for a file that is about to be written. */
    Path newFile() {
        return unfinished.resolve(Long.toString(count.incrementAndGet()));
    }

    /** Keeps a file that was written to such a place, whose bytes are on the disk. */
    void keep(Path written, String name) throws IOException {
        lock.lock();
        try {
            long size = Files.size(written);
            Files.move(written, files.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            Long before = sizes.put(name, size);
            sum += size - (before == null ? 0 : before);
            shrink();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets a file. */
    void forget(String name) throws IOException {
        lock.lock();
        try {
            remove(name);
            Files.deleteIfExists(files.resolve(name));
        } finally {
            lock.unlock();
        }
    }

    private void remove(String name) {
        Long size = sizes.remove(name);
        sum -= size == null ? 0 : size;
    }

    private void shrink() throws IOException {
        Iterator<Map.Entry<String, Long>> oldest = sizes.entrySet().iterator();
        while (sum > most && oldest.hasNext()) {
            Map.Entry<String, Long> file = oldest.next();
            Files.deleteIfExists(files.resolve(file.getKey()));
            sum -= file.getValue();
            oldest.remove();
        }
    }

    /** How many bytes the whole files have. */
    long size() {
        lock.lock();
        try {
            return sum;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        guard.close();
    }
}
