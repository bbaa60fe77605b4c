package dev.berth.linux;

/** Whether mounts below a mount appear in its copies (mount_namespaces(7)). */
public enum Propagation {
    /** Neither way. */
    PRIVATE(1 << 18),
    /** From the master to here, not back. */
    SLAVE(1 << 19),
    /** Both ways. */
    SHARED(1 << 20);

    final int flag;

    Propagation(int flag) {
        this.flag = flag;
    }
}
