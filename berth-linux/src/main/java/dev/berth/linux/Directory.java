package dev.berth.linux;

import static dev.berth.linux.FileCalls.AT_FDCWD;
import static dev.berth.linux.FileCalls.AT_REMOVEDIR;
import static dev.berth.linux.FileCalls.AT_SYMLINK_NOFOLLOW;
import static dev.berth.linux.FileCalls.O_CREAT;
import static dev.berth.linux.FileCalls.O_DIRECTORY;
import static dev.berth.linux.FileCalls.O_EXCL;
import static dev.berth.linux.FileCalls.O_NOCTTY;
import static dev.berth.linux.FileCalls.O_NOFOLLOW;
import static dev.berth.linux.FileCalls.O_NONBLOCK;
import static dev.berth.linux.FileCalls.O_RDONLY;
import static dev.berth.linux.FileCalls.O_RDWR;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An open directory, and calls on the names in it. A name is one component: 1 to 255 bytes without slash or NUL, neither
 * {@code .} nor {@code ..} (else EINVAL); no call follows a symbolic link behind it. So whatever others rename or link in
 * the tree meanwhile, nothing outside of this directory is touched. Any thread, but only one at a time lists entries.
 */
public final class Directory extends Descriptor {
    Directory(int number) {
        super(number);
    }

    /** Opens a directory by its path, following links. */
    public static Directory open(Path path) throws LinuxException {
        return open(Names.bytes(path));
    }

    /** Opens a directory by its path, following links. */
    public static Directory open(byte[] path) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int fd = FileCalls.openat(s, AT_FDCWD, s.first(path), O_RDONLY | O_DIRECTORY, 0);
            if (fd < 0) {
                throw new LinuxException(new Errno(-fd), "open", Names.show(path));
            }
            return new Directory(fd);
        }
    }

    /** Opens a directory in this one. A symbolic link is ENOTDIR. */
    public Directory openDirectory(byte[] name) throws LinuxException {
        return new Directory(openat(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0));
    }

    /** Opens a file for reading. A symbolic link is ELOOP; pipes and devices do not block. */
    public OpenFile openFile(byte[] name) throws LinuxException {
        return new OpenFile(openat(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0));
    }

    /** Makes a file, open for reading and writing; EEXIST if there is anything of that name. The umask applies. */
    public OpenFile createFile(byte[] name, int permissions) throws LinuxException {
        return new OpenFile(openat(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, permissions));
    }

    /** Opens a file for reading and writing, making it if there is none, such as a lock file. */
    public OpenFile openOrCreateFile(byte[] name, int permissions) throws LinuxException {
        return new OpenFile(openat(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, permissions));
    }

    private int openat(byte[] name, int flags, int mode) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            return check(FileCalls.openat(s, open(), component(s, name), flags, mode), "openat", name);
        }
    }

    /**
     * Opens a directory below this one by a relative path of any length, in which the kernel allows neither symbolic
     * links nor a way out (openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS; Linux 5.6): ELOOP or EXDEV.
     */
    public Directory openBeneath(byte[] path) throws LinuxException {
        return new Directory(openat2(path, O_RDONLY | O_DIRECTORY));
    }

    /** As {@link #openBeneath}, a file for reading. */
    public OpenFile openFileBeneath(byte[] path) throws LinuxException {
        return new OpenFile(openat2(path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    }

    private int openat2(byte[] path, int flags) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            s.setLong(0, flags | FileCalls.O_CLOEXEC);
            s.setLong(8, 0);
            s.setLong(16, 0x08 | 0x04 | 0x02);
            return check(FileCalls.openat2(s, open(), s.first(path)), "openat2", path);
        }
    }

    /** Makes a directory. The umask applies. */
    public void makeDirectory(byte[] name, int permissions) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(FileCalls.mkdirat(s, open(), component(s, name), permissions), "mkdirat", name);
        }
    }

    /** Makes a hard link to a file or symbolic link of this directory in another (or the same) one. */
    public void link(byte[] name, Directory to, byte[] newName) throws LinuxException {
        Optional<Errno> failure = tryLink(name, to, newName);
        if (failure.isPresent()) {
            throw new LinuxException(failure.get(), "linkat", show(name) + " to " + to.show(newName));
        }
    }

    /** As {@link #link(byte[], Directory, byte[])} for those who expect failures: empty if it was made. */
    public Optional<Errno> tryLink(byte[] name, Directory to, byte[] newName) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            long first = component(s, name);
            long second = second(s, newName);
            return failure(FileCalls.linkat(s, open(), first, to.open(), second, 0));
        }
    }

    /** Makes a hard link in this directory to an open file that has a name still: empty if it was made. */
    public Optional<Errno> tryLink(OpenFile file, byte[] newName) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            // By its number alone a file can be linked only with CAP_DAC_READ_SEARCH; through /proc by its owner.
            long first = s.first(Names.bytes("/proc/self/fd/" + file.open()));
            return failure(FileCalls.linkat(
                    s, FileCalls.AT_FDCWD, first, open(), second(s, newName), FileCalls.AT_SYMLINK_FOLLOW));
        }
    }

    private static Optional<Errno> failure(int result) {
        return result < 0 ? Optional.of(new Errno(-result)) : Optional.empty();
    }

    /** What becomes of a file that is already there under the new name. */
    public enum Rename {
        /** It is replaced; a directory only if it is empty. */
        REPLACE,
        /** It stays and the call is EEXIST. */
        KEEP,
        /** The two change places. */
        EXCHANGE
    }

    /** Renames what is called {@code name} to {@code newName} in another (or the same) directory. */
    public void rename(byte[] name, Directory to, byte[] newName, Rename how) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int result = FileCalls.renameat2(
                    s,
                    open(),
                    component(s, name),
                    to.open(),
                    second(s, newName),
                    how == Rename.KEEP ? 1 : how == Rename.EXCHANGE ? 2 : 0);
            if (result < 0) {
                throw new LinuxException(new Errno(-result), "renameat2", show(name) + " to " + to.show(newName));
            }
        }
    }

    /** Removes anything but a directory. */
    public void unlink(byte[] name) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(FileCalls.unlinkat(s, open(), component(s, name), 0), "unlinkat", name);
        }
    }

    /** Removes an empty directory. */
    public void removeDirectory(byte[] name) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(FileCalls.unlinkat(s, open(), component(s, name), AT_REMOVEDIR), "unlinkat", name);
        }
    }

    /** Makes a symbolic link; the target is 1 to 4,095 bytes without NUL. */
    public void symlink(byte[] target, byte[] name) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            long second = s.second(target);
            check(FileCalls.symlinkat(s, second, open(), component(s, name)), "symlinkat", name);
        }
    }

    /** The target of a symbolic link; EINVAL if it is none. */
    public byte[] readLink(byte[] name) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            long second = second(s, name);
            int n = check(FileCalls.readlinkat(s, open(), second, s.first(), Scratch.PATH_MAX), "readlinkat", name);
            return s.firstBytes(n);
        }
    }

    /** What a file is; of a symbolic link the link itself. */
    public FileStat stat(byte[] name) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(FileCalls.statx(s, open(), component(s, name), AT_SYMLINK_NOFOLLOW), "statx", name);
            return FileStat.of(s);
        }
    }

    /** As {@link #stat(byte[])}, or empty if there is nothing of that name. */
    public Optional<FileStat> statIfExists(byte[] name) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int result = FileCalls.statx(s, open(), component(s, name), AT_SYMLINK_NOFOLLOW);
            if (result == -Errno.ENOENT.number()) {
                return Optional.empty();
            }
            check(result, "statx", name);
            return Optional.of(FileStat.of(s));
        }
    }

    /** Sets the permissions of anything but a symbolic link, which is EOPNOTSUPP. */
    public void setPermissions(byte[] name, int permissions) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(
                    FileCalls.fchmodat(s, open(), component(s, name), permissions, AT_SYMLINK_NOFOLLOW),
                    "fchmodat",
                    name);
        }
    }

    /** Sets user and group, of a symbolic link its own; -1 leaves one as it is. */
    public void setOwner(byte[] name, int owner, int group) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(
                    FileCalls.fchownat(s, open(), component(s, name), owner, group, AT_SYMLINK_NOFOLLOW),
                    "fchownat",
                    name);
        }
    }

    /** Sets the times of last change and access, of a symbolic link its own, in seconds since 1970. */
    public void setModified(byte[] name, long seconds) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            putTimes(s, seconds);
            check(FileCalls.utimensat(s, open(), component(s, name), AT_SYMLINK_NOFOLLOW), "utimensat", name);
        }
    }

    /** The extended attributes of a file or of a symbolic link itself. */
    public ExtendedAttributes attributes(byte[] name) throws LinuxException {
        return new ExtendedAttributes(this, name);
    }

    /** All entries but {@code .} and {@code ..}, sorted by the unsigned bytes of their names. */
    public List<Entry> entries() throws IOException {
        List<Entry> entries = new ArrayList<>();
        forEach((name, type, inode) -> entries.add(new Entry(name, type, inode)));
        entries.sort(null);
        return entries;
    }

    /**
     * Shows every entry but {@code .} and {@code ..} to a visitor, reading 64 KiB of the directory at a time. Entries made
     * or removed meanwhile may or may not be shown.
     */
    public void forEach(EntryVisitor visitor) throws IOException {
        DirectoryReader.read(this, visitor);
    }

    /** Puts a checked name behind the first pointer. */
    static long component(Scratch s, byte[] name) throws LinuxException {
        checkComponent(name);
        return s.first(name);
    }

    private static long second(Scratch s, byte[] name) throws LinuxException {
        checkComponent(name);
        return s.second(name);
    }

    private static void checkComponent(byte[] name) throws LinuxException {
        boolean good =
                name.length > 0 && !(name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.')));
        for (int i = 0; good && i < name.length; i++) {
            good = name[i] != '/';
        }
        if (!good) {
            throw new LinuxException(Errno.EINVAL, "file name", "'" + Names.show(name) + "'");
        }
    }

    /** The path of a name in this directory, for messages. */
    String show(byte[] name) {
        String here = toString();
        return (here.endsWith("/") ? here : here + "/") + Names.show(name);
    }

    private int check(int result, String call, byte[] name) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(new Errno(-result), call, show(name));
        }
        return result;
    }
}
