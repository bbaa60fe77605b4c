package dev.berth.gateway.http;

import dev.berth.linux.Directory;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.nix.Hash;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where NARs wait for their narinfo, compressed as they came: one file for each name, in a directory of this process with a
 * lock that says that it lives; directories whose process is dead go when another begins. No more than a number of bytes
 * lie here, and none for longer than some hours. Any thread.
 */
final class UploadSpool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UploadSpool.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int BUFFER = 64 << 10;

    private final UploadLimits limits;
    private final Path directory;
    private final OpenFile alive;
    private final Map<String, Entry> entries = new HashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicLong parts = new AtomicLong();
    private final Thread sweeper;
    private long used;

    private record Entry(Path file, long size, long until, boolean settled) {}

    /** No room, and nothing that could go. */
    static final class Full extends IOException {
        private static final long serialVersionUID = 1;

        Full(long bytes) {
            super("the " + bytes + " bytes for NARs that wait for their narinfo are in use: come again later");
        }
    }

    /** @param top made if it is not there; shared with other processes */
    UploadSpool(Path top, UploadLimits limits) throws IOException {
        this.limits = limits;
        Files.createDirectories(top);
        String name = UUID.randomUUID().toString();
        try (Directory parent = Directory.open(top);
                OpenFile starting = parent.openOrCreateFile(Names.bytes("lock"), 0600)) {
            if (!starting.lock(OpenFile.Lock.EXCLUSIVE, PATIENCE)) {
                throw new IOException("another process holds '" + top + "/lock'");
            }
            removeDead(top, parent);
            this.directory = Files.createDirectory(
                    top.resolve(name),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            requireOwn(parent, directory);
            this.alive = parent.openOrCreateFile(Names.bytes(name + ".lock"), 0600);
            if (!alive.tryLock(OpenFile.Lock.EXCLUSIVE)) {
                throw new IOException("another process holds '" + top + "/" + name + ".lock'");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for '" + top + "/lock'", e);
        }
        this.sweeper = Thread.ofVirtual().name("berth-upload-sweeper").start(this::sweep);
    }

    // In a directory for temporary files, somebody else may have made this one first, to see what comes.
    private static void requireOwn(Directory parent, Path inside) throws IOException {
        try (Directory made = Directory.open(inside)) {
            if (made.stat().owner() != parent.stat().owner()) {
                Files.delete(inside);
                throw new IOException("the directory '" + parent + "' belongs to somebody else");
            }
        }
    }

    private static void removeDead(Path top, Directory parent) throws IOException {
        try (DirectoryStream<Path> locks = Files.newDirectoryStream(top, "*.lock")) {
            for (Path file : locks) {
                String name = file.getFileName().toString();
                try (OpenFile other = parent.openOrCreateFile(Names.bytes(name), 0600)) {
                    if (other.tryLock(OpenFile.Lock.EXCLUSIVE)) {
                        remove(top.resolve(name.substring(0, name.length() - ".lock".length())));
                        Files.deleteIfExists(file);
                    }
                }
            }
        }
    }

    private static void remove(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(directory);
        }
    }

    /** The most bytes that a file may have. */
    long most() {
        return limits.bytes();
    }

    /**
     * Keeps a file under a name, in the place of one that is there.
     *
     * @param length as announced, -1 if it was not
     * @throws Full if there is no room; a {@link StoreException} if the disk has none
     * @throws IOException if the body cannot be read, or is not as long as announced; nothing is kept then
     */
    void put(String name, InputStream body, long length) throws IOException {
        Path part = directory.resolve("part-" + parts.incrementAndGet());
        long size = 0;
        boolean done = false;
        try {
            try (OutputStream out = Files.newOutputStream(part)) {
                byte[] buffer = new byte[BUFFER];
                for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
                    reserve(n);
                    size += n;
                    write(out, buffer, n);
                }
            }
            if (length >= 0 && size != length) {
                throw new IOException("the body has " + size + " bytes, announced were " + length);
            }
            keep(name, part, size);
            done = true;
        } finally {
            if (!done) {
                Files.deleteIfExists(part);
                release(size);
            }
        }
    }

    // Told apart from a body that does not come.
    private static void write(OutputStream out, byte[] buffer, int count) {
        try {
            out.write(buffer, 0, count);
        } catch (IOException e) {
            boolean full = String.valueOf(e.getMessage()).contains("No space left");
            throw new StoreException(
                    full ? Kind.NO_SPACE : Kind.FAILED,
                    "an upload cannot be kept for its narinfo: " + e.getMessage(),
                    e);
        }
    }

    private void keep(String name, Path part, long size) throws IOException {
        // The name is the client's, and no file's.
        Path file = directory.resolve(Hash.sha256(Names.bytes(name)).toBase16());
        lock.lock();
        try {
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            Entry before = entries.put(
                    name, new Entry(file, size, System.nanoTime() + limits.age().toNanos(), false));
            used -= before == null ? 0 : before.size();
        } finally {
            lock.unlock();
        }
    }

    private void reserve(int count) throws IOException {
        lock.lock();
        try {
            if (used + count > limits.bytes()) {
                removeIf(entry -> isOver(entry));
            }
            if (used + count > limits.bytes()) {
                // Those whose path was added are only kept to save work.
                removeIf(Entry::settled);
            }
            if (used + count > limits.bytes()) {
                throw new Full(limits.bytes());
            }
            used += count;
        } finally {
            lock.unlock();
        }
    }

    private void release(long size) {
        lock.lock();
        try {
            used -= size;
        } finally {
            lock.unlock();
        }
    }

    private static boolean isOver(Entry entry) {
        return System.nanoTime() - entry.until() >= 0;
    }

    private void removeIf(java.util.function.Predicate<Entry> which) throws IOException {
        List<Map.Entry<String, Entry>> gone = entries.entrySet().stream()
                .filter(entry -> which.test(entry.getValue()))
                .sorted(Comparator.comparing(Map.Entry::getKey))
                .toList();
        for (Map.Entry<String, Entry> entry : gone) {
            Files.deleteIfExists(entry.getValue().file());
            entries.remove(entry.getKey());
            used -= entry.getValue().size();
        }
    }

    /** The size of a file, if it is here. */
    Optional<Long> size(String name) {
        lock.lock();
        try {
            return Optional.ofNullable(entries.get(name)).map(Entry::size);
        } finally {
            lock.unlock();
        }
    }

    /** Opens a file, which can then be read whatever becomes of its name. */
    Optional<FileChannel> open(String name) throws IOException {
        lock.lock();
        try {
            Entry entry = entries.get(name);
            return entry == null ? Optional.empty() : Optional.of(FileChannel.open(entry.file()));
        } finally {
            lock.unlock();
        }
    }

    /** Says that what the file was uploaded for is done. */
    void settle(String name) {
        lock.lock();
        try {
            entries.computeIfPresent(
                    name,
                    (_, entry) -> new Entry(
                            entry.file(),
                            entry.size(),
                            System.nanoTime() + limits.settled().toNanos(),
                            true));
        } finally {
            lock.unlock();
        }
    }

    private void sweep() {
        try {
            while (true) {
                Thread.sleep(limits.settled());
                lock.lock();
                try {
                    removeIf(UploadSpool::isOver);
                } catch (IOException e) {
                    LOG.warn("removing uploads that nobody has finished: {}", e.toString());
                } finally {
                    lock.unlock();
                }
            }
        } catch (InterruptedException e) {
            // It is closed.
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        sweeper.interrupt();
        lock.lock();
        try (OpenFile _ = alive) {
            entries.clear();
            remove(directory);
            Files.deleteIfExists(directory.resolveSibling(directory.getFileName() + ".lock"));
        } catch (IOException e) {
            LOG.warn("removing what was uploaded to '{}': {}", directory, e.toString());
        } finally {
            lock.unlock();
        }
    }
}
