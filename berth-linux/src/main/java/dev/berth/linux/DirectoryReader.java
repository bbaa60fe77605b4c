package dev.berth.linux;

import java.io.IOException;

/** Reads a directory from its start by getdents64(2). */
final class DirectoryReader {
    // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name with NUL.
    private static final int RECORD_LENGTH = 16;
    private static final int TYPE = 18;
    private static final int NAME = 19;

    private DirectoryReader() {}

    static void read(Directory directory, EntryVisitor visitor) throws IOException {
        try (Scratch s = Scratch.takeLarge()) {
            directory.check(DescriptorCalls.seek(s, directory.open(), 0), "lseek");
            while (true) {
                int n = directory.check(
                        DescriptorCalls.getdents64(s, directory.open(), s.data(), Scratch.DATA_SIZE), "getdents64");
                if (n == 0) {
                    return;
                }
                for (int at = 0; at < n; at += s.dataShort(at + RECORD_LENGTH)) {
                    show(directory, visitor, s, at);
                }
            }
        }
    }

    private static void show(Directory directory, EntryVisitor visitor, Scratch s, int at) throws IOException {
        int end = at + NAME;
        while (s.dataByte(end) != 0) {
            end++;
        }
        int length = end - at - NAME;
        if (s.dataByte(at + NAME) == '.' && (length == 1 || (length == 2 && s.dataByte(at + NAME + 1) == '.'))) {
            return;
        }
        byte[] name = new byte[length];
        s.dataTo(at + NAME, name, 0, length);
        FileType type = switch (s.dataByte(at + TYPE)) {
            case 4 -> FileType.DIRECTORY;
            case 8 -> FileType.REGULAR;
            case 10 -> FileType.SYMLINK;
            // Some file systems leave the type out.
            case 0 -> directory.stat(name).type();
            default -> FileType.SPECIAL;
        };
        visitor.entry(name, type, s.dataLong(at));
    }
}
