package dev.berth.node.doctor;

import dev.berth.node.Privileges;
import java.io.IOException;

/** Whether this process may do what the agent does. */
final class PrivilegeCheck {
    static final String NAME = "privileges";

    private PrivilegeCheck() {}

    static Finding run() {
        String change = "run the agent as root, in a privileged container if in one";
        try {
            return Privileges.mayMount()
                    ? Finding.ok(NAME, "this process may mount")
                    : Finding.no(NAME, "this process may not mount (CAP_SYS_ADMIN)", change);
        } catch (IOException e) {
            return Finding.no(NAME, "cannot tell: " + e.getMessage(), change);
        }
    }
}
