package dev.berth.linux;

/** What a directory entry is. */
public enum FileType {
    /** A regular file. */
    REGULAR,
    /** A directory. */
    DIRECTORY,
    /** A symbolic link. */
    SYMLINK,
    /** A device, a socket or a pipe. */
    SPECIAL;

    /** Of the type bits of a mode (stat.h, S_IFMT). */
    static FileType ofMode(int mode) {
        return switch (mode & 0xf000) {
            case 0x8000 -> REGULAR;
            case 0x4000 -> DIRECTORY;
            case 0xa000 -> SYMLINK;
            default -> SPECIAL;
        };
    }
}
