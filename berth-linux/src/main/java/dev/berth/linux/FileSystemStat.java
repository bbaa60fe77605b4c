package dev.berth.linux;

/**
 * What statvfs(3) and statfs(2) say of a file system.
 *
 * @param magic the file system's type, such as 0xef53 for ext4 (linux/magic.h)
 * @param size bytes in all
 * @param free bytes that root may still write
 * @param available bytes that anybody may still write
 * @param inodes inodes in all; 0 if the file system does not count them
 * @param freeInodes inodes not used
 * @param readOnly whether the file system or this mount of it is read-only
 * @param maxName the longest file name, in bytes
 */
public record FileSystemStat(
        long magic,
        long size,
        long free,
        long available,
        long inodes,
        long freeInodes,
        boolean readOnly,
        long maxName) {
    /** {@link #magic()} of ext2, ext3 and ext4. */
    public static final long EXT4 = 0xef53L;

    /** {@link #magic()} of tmpfs. */
    public static final long TMPFS = 0x01021994L;

    /** {@link #magic()} of overlayfs. */
    public static final long OVERLAY = 0x794c7630L;
}
