package dev.berth.node.doctor;

import dev.berth.linux.Kernel;
import dev.berth.linux.LinuxException;
import dev.berth.node.KernelNeeds;
import java.util.Optional;

/** Whether the kernel has the calls that mounting needs. */
final class KernelCheck {
    static final String NAME = "kernel";

    private KernelCheck() {}

    static Finding run() {
        try {
            Optional<String> lack = KernelNeeds.lack(Kernel.features());
            return lack.map(what ->
                            Finding.no(NAME, what, "use Linux 5.12 or newer, and no seccomp filter for the agent"))
                    .orElseGet(
                            () -> Finding.ok(NAME, "it has open_tree, move_mount, fsopen, mount_setattr and openat2"));
        } catch (LinuxException e) {
            return Finding.no(NAME, String.valueOf(e.getMessage()), "run this on Linux 5.12 or newer");
        }
    }
}
