package dev.berth.linux;

/**
 * Any file or directory, opened only to say where it is (O_PATH): nothing of it is read, and devices and pipes are left alone. Something can be mounted on
 * it, and it can be mounted elsewhere.
 */
public final class Place extends Descriptor {
    private static final int RESOLVE_NO_MAGICLINKS = 0x02;
    private static final int RESOLVE_IN_ROOT = 0x10;

    private Place(int number) {
        super(number);
    }

    /**
     * What a path names to a process that has a directory for its root: symbolic links are followed, absolute ones and {@code ..} never lead out of
     * it, whatever others change meanwhile (openat2 with RESOLVE_IN_ROOT; Linux 5.6). Links of /proc are ELOOP.
     */
    public static Place inRoot(Directory root, byte[] path) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            s.setLong(0, FileCalls.O_PATH | FileCalls.O_CLOEXEC);
            s.setLong(8, 0);
            s.setLong(16, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
            int fd = FileCalls.openat2(s, root.open(), s.first(path));
            if (fd < 0) {
                throw new LinuxException(new Errno(-fd), "openat2", Names.show(path) + " in " + root);
            }
            return new Place(fd);
        }
    }

    /** Opens it to work in; ENOTDIR if it is no directory. */
    public Directory directory() throws LinuxException {
        try (Scratch s = Scratch.take()) {
            byte[] dot = {'.'};
            return new Directory(check(
                    FileCalls.openat(s, open(), s.first(dot), FileCalls.O_RDONLY | FileCalls.O_DIRECTORY, 0),
                    "openat"));
        }
    }
}
