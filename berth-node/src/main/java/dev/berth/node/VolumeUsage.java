package dev.berth.node;

import dev.berth.linux.Directory;
import dev.berth.linux.FileSystemStat;
import dev.berth.linux.LinuxException;
import dev.berth.node.csi.VolumeStats;
import java.nio.file.Path;

/** What a volume uses of the file system that its files lie on. */
final class VolumeUsage {
    private VolumeUsage() {}

    /** @throws LinuxException ENOENT if there is no target */
    static VolumeStats of(VolumeRecord volume, Path target, boolean mounted, StateDir state) throws LinuxException {
        try (Directory mount = Directory.open(target);
                Directory own = Directory.open(state.base())) {
            // What a read-only volume shows lies in the store, whatever its mount is made of.
            FileSystemStat stat = (volume.readOnly() ? own : mount).fileSystem();
            return new VolumeStats(
                    new VolumeStats.Usage(stat.size(), stat.size() - stat.free(), stat.available()),
                    new VolumeStats.Usage(stat.inodes(), stat.inodes() - stat.freeInodes(), stat.freeInodes()),
                    mounted,
                    mounted ? "mounted" : "nothing is mounted at " + target + " any more");
        }
    }
}
