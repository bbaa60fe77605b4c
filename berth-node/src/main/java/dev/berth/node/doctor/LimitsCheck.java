package dev.berth.node.doctor;

import dev.berth.linux.Kernel;
import dev.berth.linux.MountTable;
import java.io.IOException;
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
            long most = Kernel.setting("user/max_user_namespaces");
            return most > 0
                    ? Finding.ok(USER_NAMESPACES, "there may be " + most)
                    : Finding.limited(USER_NAMESPACES, "there may be none: no pod can have hostUsers: false", change);
        } catch (IOException e) {
            return Finding.limited(USER_NAMESPACES, "this kernel has none: " + e.getMessage(), change);
        }
    }

    private static Finding mounts() {
        try {
            long most = Kernel.setting("fs/mount-max");
            int now = MountTable.all().size();
            String why = now + " of " + most + " are there in this mount namespace";
            return most - now > most / 10
                    ? Finding.ok(MOUNTS, why)
                    : Finding.limited(MOUNTS, why, "raise the sysctl fs.mount-max, or find out who mounts so much");
        } catch (IOException e) {
            return Finding.limited(MOUNTS, "cannot tell: " + e.getMessage(), "let the agent read /proc");
        }
    }
}
