package dev.berth.linux;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this kernel is and can do. */
public final class Kernel {
    private static final byte[] EMPTY = {};

    private Kernel() {}

    /**
     * The random id of this boot, a UUID in lower case: mounts and processes noted under another one are gone.
     *
     * @throws IOException if /proc is not there
     */
    public static String bootId() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }

    /**
     * A number among the kernel's settings, such as {@code fs/mount-max}.
     *
     * @param name below /proc/sys
     * @throws IOException if there is none
     */
    public static long setting(String name) throws IOException {
        Path file = Path.of("/proc/sys", name);
        String text;
        // The kernel gives a number to the first read alone, and Files.readString begins with a read of one byte.
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            text = String.valueOf(reader.readLine()).strip();
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException(file + " is no number: " + text, e);
        }
    }

    /**
     * Which calls there are, found by calling them wrongly. False also where a seccomp filter denies them.
     *
     * @param openTree open_tree and move_mount (Linux 5.2)
     * @param fsopen fsopen, fsconfig and fsmount (Linux 5.2)
     * @param mountSetattr mount_setattr, with it read-only binds of whole trees at once (Linux 5.12)
     * @param openat2 openat2 (Linux 5.6)
     */
    public record Features(boolean openTree, boolean fsopen, boolean mountSetattr, boolean openat2) {}

    /** Asks the kernel which calls it has. */
    public static Features features() throws LinuxException {
        try (Scratch s = Scratch.take()) {
            long empty = s.first(EMPTY);
            s.setLong(0, 0);
            s.setLong(8, 0);
            s.setLong(16, 0);
            s.setLong(24, 0);
            return new Features(
                    exists(MountCalls.openTree(s, -1, empty, -1 & ~FileCalls.O_CLOEXEC))
                            && exists(MountCalls.moveMount(s, -1, empty, -1, empty, -1)),
                    exists(MountCalls.fsconfig(s, -1, -1, 0, 0, 0)),
                    exists(MountCalls.mountSetattr(s, -1, empty, -1)),
                    exists(FileCalls.openat2(s, -1, empty)));
        }
    }

    /** Whether a call complained about its arguments, not about itself. */
    private static boolean exists(int result) {
        return result != -Errno.ENOSYS.number() && result != -Errno.EPERM.number();
    }
}
