package dev.berth.node;

import dev.berth.linux.Kernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which calls of the kernel mounting can't do without. */
public final class KernelNeeds {
    private KernelNeeds() {}

    /** What is missing, in words that begin with {@code KernelIncompatible}; empty if nothing is. */
    public static Optional<String> lack(Kernel.Features features) {
        List<String> missing = new ArrayList<>();
        if (!features.openTree()) {
            missing.add("open_tree and move_mount (Linux 5.2)");
        }
        if (!features.fsopen()) {
            missing.add("fsopen (Linux 5.2)");
        }
        if (!features.openat2()) {
            missing.add("openat2 (Linux 5.6)");
        }
        if (!features.mountSetattr()) {
            missing.add("mount_setattr (Linux 5.12)");
        }
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of("KernelIncompatible: this kernel, or a seccomp filter, lets the agent not use "
                        + String.join(", ", missing));
    }
}
