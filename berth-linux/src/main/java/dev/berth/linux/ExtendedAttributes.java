package dev.berth.linux;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The extended attributes of one name in a directory, not following a link. There are no such calls relative to a
 * descriptor before Linux 6.13: these go through /proc/self/fd, which names the open directory itself.
 */
public final class ExtendedAttributes {
    private final Directory directory;
    private final byte[] name;
    private final byte[] path;

    ExtendedAttributes(Directory directory, byte[] name) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            Directory.component(s, name);
        }
        this.directory = directory;
        this.name = name.clone();
        byte[] front = Names.bytes("/proc/self/fd/" + directory.open() + "/");
        this.path = Arrays.copyOf(front, front.length + name.length);
        System.arraycopy(name, 0, path, front.length, name.length);
    }

    /** Their names, such as {@code user.comment}; empty on a file system without attributes. */
    public List<String> names() throws LinuxException {
        try (Scratch s = Scratch.takeLarge()) {
            int n = FileCalls.llistxattr(s, s.first(path), s.data(), Scratch.DATA_SIZE);
            if (n == -Errno.EOPNOTSUPP.number()) {
                return List.of();
            }
            byte[] all = new byte[check(n, "llistxattr")];
            s.dataTo(0, all, 0, n);
            List<String> names = new ArrayList<>();
            for (int start = 0, i = 0; i < n; i++) {
                if (all[i] == 0) {
                    names.add(new String(all, start, i - start, java.nio.charset.StandardCharsets.ISO_8859_1));
                    start = i + 1;
                }
            }
            return List.copyOf(names);
        }
    }

    /** The value of one; ENODATA if there is none. */
    public byte[] get(String attribute) throws LinuxException {
        try (Scratch s = Scratch.takeLarge()) {
            int n = check(
                    FileCalls.lgetxattr(s, s.first(path), s.second(latin(attribute)), s.data(), Scratch.DATA_SIZE),
                    "lgetxattr");
            byte[] value = new byte[n];
            s.dataTo(0, value, 0, n);
            return value;
        }
    }

    /** Removes one; ENODATA if there is none. */
    public void remove(String attribute) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(FileCalls.lremovexattr(s, s.first(path), s.second(latin(attribute))), "lremovexattr");
        }
    }

    // Names are bytes, one for one.
    private static byte[] latin(String attribute) {
        return attribute.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private int check(int result, String call) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(new Errno(-result), call, directory.show(name));
        }
        return result;
    }
}
