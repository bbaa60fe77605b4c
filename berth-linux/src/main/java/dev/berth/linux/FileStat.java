package dev.berth.linux;

/**
 * What statx(2) says of a file.
 *
 * @param type what it is
 * @param socket whether it is a unix socket, of the special files
 * @param permissions the mode without the type, 0 to 07777
 * @param owner user id
 * @param group group id
 * @param links the number of hard links
 * @param inode the inode's number, unsigned
 * @param device the file system's device, {@code major << 32 | minor}
 * @param size bytes; of a symbolic link the length of its target
 * @param allocated bytes that the file takes on the disk
 * @param modified seconds since 1970 of the last change of its contents
 * @param modifiedNanos the fraction of that second, 0 to 999,999,999
 * @param mount the id of the mount that it was found on, as in {@link MountInfo#id()}; -1 before Linux 5.8
 * @param mountRoot whether something is mounted there; always false before Linux 5.8
 */
public record FileStat(
        FileType type,
        boolean socket,
        int permissions,
        int owner,
        int group,
        long links,
        long inode,
        long device,
        long size,
        long allocated,
        long modified,
        int modifiedNanos,
        long mount,
        boolean mountRoot) {
    private static final int S_IFMT = 0xf000;
    private static final int S_IFSOCK = 0xc000;
    private static final int STATX_MNT_ID = 0x1000;
    private static final long STATX_ATTR_MOUNT_ROOT = 0x2000;

    /** Of the struct statx (linux/stat.h, the same on every machine) in the scratch's structure. */
    static FileStat of(Scratch s) {
        int mode = s.getShort(28);
        return new FileStat(
                FileType.ofMode(mode),
                (mode & S_IFMT) == S_IFSOCK,
                mode & 0xfff,
                s.getInt(20),
                s.getInt(24),
                Integer.toUnsignedLong(s.getInt(16)),
                s.getLong(32),
                (Integer.toUnsignedLong(s.getInt(136)) << 32) | Integer.toUnsignedLong(s.getInt(140)),
                s.getLong(40),
                s.getLong(48) * 512,
                s.getLong(112),
                s.getInt(120),
                (s.getInt(0) & STATX_MNT_ID) != 0 ? s.getLong(144) : -1,
                (s.getLong(56) & s.getLong(8) & STATX_ATTR_MOUNT_ROOT) != 0);
    }

    /** Whether any execute bit is set. */
    public boolean executable() {
        return (permissions & 0111) != 0;
    }
}
