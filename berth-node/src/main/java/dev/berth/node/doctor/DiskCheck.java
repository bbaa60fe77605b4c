package dev.berth.node.doctor;

import dev.berth.linux.Directory;
import dev.berth.linux.FileSystemStat;
import dev.berth.linux.LinuxException;
import dev.berth.store.usage.Sizes;
import java.nio.file.Path;

/** Whether there is room for closures. */
final class DiskCheck {
    static final String SPACE = "space";

    private static final long LEAST = 256L << 20;
    private static final long LITTLE = 4L << 30;
    private static final long LEAST_INODES = 10_000;

    private DiskCheck() {}

    static Finding space(Path root) {
        Path at = Doctor.existing(root);
        String change = "free some, or give the agent a --root on a larger disk";
        try (Directory directory = Directory.open(at)) {
            FileSystemStat disk = directory.fileSystem();
            boolean counted = disk.inodes() > 0;
            String why = Sizes.show(disk.free()) + " of " + Sizes.show(disk.size()) + " are free at " + at
                    + (counted ? ", and " + disk.freeInodes() + " of " + disk.inodes() + " inodes" : "");
            if (disk.readOnly()) {
                return Finding.no(SPACE, at + " is read-only", "give the agent a --root that can be written");
            }
            if (disk.free() < LEAST || (counted && disk.freeInodes() < LEAST_INODES / 10)) {
                return Finding.no(SPACE, why, change);
            }
            return disk.free() < LITTLE || (counted && disk.freeInodes() < LEAST_INODES)
                    ? Finding.limited(SPACE, why, change)
                    : Finding.ok(SPACE, why);
        } catch (LinuxException e) {
            return Finding.no(SPACE, String.valueOf(e.getMessage()), change);
        }
    }
}
