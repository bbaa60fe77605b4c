package dev.berth.linux;

/** An open namespace. It lives at least until this is closed, even when no process is left in it. */
public final class NamespaceHandle extends Descriptor {
    private final Namespace kind;

    private NamespaceHandle(int number, Namespace kind) {
        super(number);
        this.kind = kind;
    }

    /** The namespace that the calling thread is in. */
    public static NamespaceHandle ofThisThread(Namespace kind) throws LinuxException {
        return open("/proc/thread-self/ns/" + kind.file, kind);
    }

    /** The namespace that a process is in: of its main thread. */
    public static NamespaceHandle ofProcess(long pid, Namespace kind) throws LinuxException {
        return open("/proc/" + pid + "/ns/" + kind.file, kind);
    }

    private static NamespaceHandle open(String path, Namespace kind) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int fd = FileCalls.openat(s, FileCalls.AT_FDCWD, s.first(Names.bytes(path)), FileCalls.O_RDONLY, 0);
            if (fd < 0) {
                throw new LinuxException(new Errno(-fd), "open", path);
            }
            return new NamespaceHandle(fd, kind);
        }
    }

    /** What kind it is. */
    public Namespace kind() {
        return kind;
    }

    /** Whether both are the same namespace. */
    public boolean isSame(NamespaceHandle other) throws LinuxException {
        FileStat mine = stat();
        FileStat theirs = other.stat();
        return mine.inode() == theirs.inode() && mine.device() == theirs.device();
    }

    /** Moves the calling thread there. Only for threads that end after it. */
    void enter() throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(ProcessCalls.setns(s, open(), kind.flag), "setns");
        }
    }
}
