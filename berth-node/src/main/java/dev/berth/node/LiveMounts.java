package dev.berth.node;

import dev.berth.linux.Directory;
import dev.berth.linux.MountInfo;
import dev.berth.linux.MountTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is mounted at one moment, asked about the agent's directories. Every deletion is decided by it; a table that can't
 * be read is an exception, never an empty one.
 */
final class LiveMounts {
    private final List<MountInfo> all;
    private final MountInfo holder;

    private LiveMounts(List<MountInfo> all, MountInfo holder) {
        this.all = all;
        this.holder = holder;
    }

    /** @param base the agent's directory, without links */
    static LiveMounts read(Path base) throws IOException {
        List<MountInfo> all = MountTable.all();
        try (Directory directory = Directory.open(base)) {
            long id = directory.stat().mount();
            MountInfo holder = all.stream()
                    .filter(mount -> mount.id() == id)
                    .findFirst()
                    .orElseThrow(() -> new IOException("no mount in the table holds " + base));
            return new LiveMounts(all, holder);
        }
    }

    boolean isMountPoint(Path path) {
        return at(path).findAny().isPresent();
    }

    /** The mounts at exactly this path, which has no links. */
    Stream<MountInfo> at(Path path) {
        return all.stream().filter(mount -> mount.mountPoint().equals(path));
    }

    /** Whether a mount shows a directory of the agent or something below it, deleted since or not. */
    boolean shows(MountInfo mount, Path directory) {
        Path onFileSystem = holder.root().resolve(holder.mountPoint().relativize(directory));
        return mount.id() != holder.id()
                && mount.device() == holder.device()
                && mount.root().startsWith(onFileSystem);
    }

    /** Whether any mount shows a directory of the agent, is layered above it or lies in it. */
    boolean uses(Path directory) {
        return uses(directory, Optional.empty());
    }

    /** As {@link #uses(Path)}, but for what is mounted at a path in it. */
    boolean uses(Path directory, Optional<Path> except) {
        return all.stream()
                .filter(mount -> except.isEmpty() || !mount.mountPoint().equals(except.get()))
                .anyMatch(mount -> shows(mount, directory)
                        || layers(mount, directory)
                        || (mount.id() != holder.id() && mount.mountPoint().startsWith(directory)));
    }

    private static boolean layers(MountInfo mount, Path directory) {
        return mount.type().equals("overlay")
                && mount.superOptions().stream().anyMatch(option -> option.contains(directory.toString()));
    }

    /** Whether there is a mount with this source. */
    boolean hasSource(String source) {
        return all.stream().anyMatch(mount -> mount.source().equals(source));
    }
}
