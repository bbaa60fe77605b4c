package dev.berth.linux;

import java.util.Set;

/** What a mount, not its file system, may be set to (mount_setattr(2)). */
public enum MountAttribute {
    /** Nothing can be written through it. */
    READ_ONLY(1, 1),
    /** Set-user-id bits and file capabilities have no effect. */
    NO_SUID(2, 2),
    /** Devices cannot be opened. */
    NO_DEV(4, 4),
    /** Nothing can be executed. */
    NO_EXEC(8, 8),
    /** Reading leaves access times as they are. */
    NO_ATIME(0x10, 0x400);

    private final int attribute;
    private final int flag;

    MountAttribute(int attribute, int flag) {
        this.attribute = attribute;
        this.flag = flag;
    }

    /** As MOUNT_ATTR_ bits of the new calls. */
    static int attributes(Set<MountAttribute> set) {
        return set.stream().mapToInt(a -> a.attribute).reduce(0, (a, b) -> a | b);
    }

    /** As MS_ bits of mount(2). */
    static int flags(Set<MountAttribute> set) {
        return set.stream().mapToInt(a -> a.flag).reduce(0, (a, b) -> a | b);
    }

    /** The bits to clear first: access time is a field of several bits, not a flag. */
    static int cleared(Set<MountAttribute> set, Set<MountAttribute> clear) {
        int bits = attributes(clear);
        return set.contains(NO_ATIME) || clear.contains(NO_ATIME) ? (bits & ~NO_ATIME.attribute) | 0x70 : bits;
    }
}
