package dev.berth.node.doctor;

import dev.berth.linux.MountTable;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Limits of the kernel that pods and mounts run into. */
final class LimitsCheck {
    static final String USER_NAMESPACES = "user namespaces";
    static final String MOUNTS = "mounts";

    private LimitsCheck() {}

    static List<Finding> run() {
        return List.of(userNamespaces(), mounts());
    }

    private static Finding userNamespaces() {
        String change = "set the sysctl user.max_user_namespaces above 0, if pods shall have hostUsers: false";
        try {
            long most = sysctl("user/max_user_namespaces");
            return most > 0
                    ? Finding.ok(USER_NAMESPACES, "there may be " + most)
                    : Finding.limited(USER_NAMESPACES, "there may be none: no pod can have hostUsers: false", change);
        } catch (IOException e) {
            return Finding.limited(USER_NAMESPACES, "this kernel has none: " + e.getMessage(), change);
        }
    }

    private static Finding mounts() {
        try {
            long most = sysctl("fs/mount-max");
            int now = MountTable.all().size();
            String why = now + " of " + most + " are there in this mount namespace";
            return most - now > most / 10
                    ? Finding.ok(MOUNTS, why)
                    : Finding.limited(MOUNTS, why, "raise the sysctl fs.mount-max, or find out who mounts so much");
        } catch (IOException e) {
            return Finding.limited(MOUNTS, "cannot tell: " + e.getMessage(), "let the agent read /proc");
        }
    }

    private static long sysctl(String name) throws IOException {
        // In one read: the kernel gives nothing of a number to a second one.
        String text;
        try (BufferedReader reader = Files.newBufferedReader(Path.of("/proc/sys", name))) {
            text = String.valueOf(reader.readLine()).strip();
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException("/proc/sys/" + name + " is no number: " + text, e);
        }
    }
}
