package dev.berth.linux;

import java.util.Set;

/** A kind of namespace that a thread may leave its process's for (namespaces(7)). */
public enum Namespace {
    /** Mounts. */
    MOUNT("mnt", 0x00020000),
    /** Control group roots. */
    CGROUP("cgroup", 0x02000000),
    /** Host name. */
    UTS("uts", 0x04000000),
    /** System V IPC and POSIX queues. */
    IPC("ipc", 0x08000000),
    /** Processes; takes effect for children only. */
    PID("pid", 0x20000000),
    /** User and group ids; a process of several threads, as a JVM is, can't leave its own. */
    USER("user", 0x10000000),
    /** Network. */
    NETWORK("net", 0x40000000);

    /** Its name below {@code /proc/PID/ns}. */
    final String file;

    final int flag;

    Namespace(String file, int flag) {
        this.file = file;
        this.flag = flag;
    }

    static int flags(Set<Namespace> kinds) {
        return kinds.stream().mapToInt(kind -> kind.flag).reduce(0, (a, b) -> a | b);
    }
}
