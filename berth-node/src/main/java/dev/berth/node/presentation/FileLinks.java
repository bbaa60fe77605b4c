package dev.berth.node.presentation;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import dev.berth.linux.LinuxException;
import dev.berth.linux.OpenFile;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Shows single files of the store in a tree: by a hard link where there can be one. A file on another file system is
 * copied; a file that has all the links it can have is copied once, and that copy is linked from then on. Safe for use
 * by many threads.
 */
final class FileLinks implements AutoCloseable {
    /** How many copies are held open to be linked again; more are copied again each time. */
    private static final int MAX_COPIES = 256;

    /** The time of last change that Nix gives every file of a store (libstore/posix-fs-canonicalise.cc). */
    static final long CANONICAL_TIME = 1;

    private record Inode(long device, long number) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Inode, OpenFile> copies = new HashMap<>();
    private final LongAdder copied = new LongAdder();

    /** Shows a regular file or a symbolic link. */
    void show(Directory from, byte[] name, Directory to, byte[] newName) throws IOException {
        Optional<Errno> failure = from.tryLink(name, to, newName);
        if (failure.isEmpty()) {
            return;
        }
        if (failure.get().equals(Errno.EXDEV)) {
            copy(from, name, to, newName).close();
        } else if (failure.get().equals(Errno.EMLINK)) {
            linkCopy(from, name, to, newName);
        } else {
            // Asked again for the message, or for success if the cause has gone meanwhile.
            from.link(name, to, newName);
        }
    }

    /** How many files were copied. */
    long copied() {
        return copied.sum();
    }

    private void linkCopy(Directory from, byte[] name, Directory to, byte[] newName) throws IOException {
        lock.lock();
        try {
            FileStat stat = from.stat(name);
            Inode inode = new Inode(stat.device(), stat.inode());
            OpenFile known = copies.get(inode);
            if (known != null && to.tryLink(known, newName).isEmpty()) {
                return;
            }
            Copy made = copy(from, name, to, newName);
            if (made.file.isEmpty()) {
                return;
            }
            if (known != null) {
                known.close();
                copies.put(inode, made.file.get());
            } else if (copies.size() < MAX_COPIES) {
                copies.put(inode, made.file.get());
            } else {
                made.close();
            }
        } finally {
            lock.unlock();
        }
    }

    /** A copy that was made: open, if it is a file. */
    private record Copy(Optional<OpenFile> file) implements AutoCloseable {
        @Override
        public void close() throws LinuxException {
            if (file.isPresent()) {
                file.get().close();
            }
        }
    }

    /** Copies a file or link with canonical metadata, sharing its blocks where the file system can. */
    private Copy copy(Directory from, byte[] name, Directory to, byte[] newName) throws IOException {
        copied.increment();
        FileStat stat = from.stat(name);
        if (stat.type() == FileType.SYMLINK) {
            to.symlink(from.readLink(name), newName);
            to.setModified(newName, CANONICAL_TIME);
            return new Copy(Optional.empty());
        }
        OpenFile made = to.createFile(newName, 0600);
        boolean good = false;
        try (OpenFile source = from.openFile(name)) {
            if (!made.reflink(source)) {
                made.copyRest(source);
            }
            made.setPermissions(stat.executable() ? 0555 : 0444);
            made.setModified(CANONICAL_TIME);
            good = true;
            return new Copy(Optional.of(made));
        } finally {
            if (!good) {
                made.close();
            }
        }
    }

    /** Closes the copies, which stay where they were made. */
    @Override
    public void close() throws LinuxException {
        lock.lock();
        try {
            for (OpenFile copy : copies.values()) {
                copy.close();
            }
            copies.clear();
        } finally {
            lock.unlock();
        }
    }
}
