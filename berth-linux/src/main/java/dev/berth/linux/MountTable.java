package dev.berth.linux;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads the mounts of a mount namespace from {@code /proc/PID/mountinfo}, one at a time, in the kernel's order: what is
 * mounted over something stands behind it. A table that cannot be read, or a line that is none, is an exception, never
 * an end: what decides about deletions by this must not take a failure for "nothing mounted". One thread.
 */
public final class MountTable implements AutoCloseable {
    /** Longer lines are refused: 1 MiB, more than any overlay's options. */
    static final int MAX_LINE = 1 << 20;

    private final String name;
    private final InputStream in;
    /** What was read and not given yet is between start and end. */
    private byte[] block = new byte[1 << 15];

    private int start;
    private int end;

    /**
     * @param name what is read, for messages
     * @param in lines; closed with this
     */
    MountTable(String name, InputStream in) {
        this.name = name;
        this.in = in;
    }

    /** Opens the table of the calling thread's mount namespace. */
    public static MountTable open() throws IOException {
        return open(Path.of("/proc/thread-self/mountinfo"));
    }

    /** Opens the table of a process's mount namespace; mount points are as from that process's root. */
    public static MountTable ofProcess(long pid) throws IOException {
        return open(Path.of("/proc/" + pid + "/mountinfo"));
    }

    private static MountTable open(Path file) throws IOException {
        return new MountTable(file.toString(), Files.newInputStream(file));
    }

    /** The next mount; empty at the end. */
    public Optional<MountInfo> next() throws IOException {
        int seen = start;
        while (true) {
            while (seen < end && block[seen] != '\n') {
                seen++;
            }
            if (seen < end) {
                break;
            }
            if (seen - start > MAX_LINE) {
                throw new IOException(name + " has a line longer than " + MAX_LINE + " bytes");
            }
            seen -= makeRoom();
            int read = in.read(block, end, block.length - end);
            if (read < 0) {
                if (end > start) {
                    throw new IOException(name + " ends within a line");
                }
                return Optional.empty();
            }
            end += read;
        }
        byte[] line = Arrays.copyOfRange(block, start, seen);
        start = seen + 1;
        if (line.length > MAX_LINE) {
            throw new IOException(name + " has a line longer than " + MAX_LINE + " bytes");
        }
        try {
            return Optional.of(MountInfo.parse(line));
        } catch (IllegalArgumentException e) {
            throw new IOException(name + ": " + e.getMessage(), e);
        }
    }

    /** Moves the line that was begun to the front, and makes the block longer for one that fills it; gives by how much it moved. */
    private int makeRoom() {
        int moved = start;
        byte[] to = end - start < block.length ? block : new byte[2 * block.length];
        System.arraycopy(block, start, to, 0, end - start);
        block = to;
        end -= moved;
        start = 0;
        return moved;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** All mounts of the calling thread's namespace. */
    public static List<MountInfo> all() throws IOException {
        try (MountTable table = open()) {
            return rest(table);
        }
    }

    private static List<MountInfo> rest(MountTable table) throws IOException {
        List<MountInfo> all = new ArrayList<>();
        for (Optional<MountInfo> next = table.next(); next.isPresent(); next = table.next()) {
            all.add(next.get());
        }
        return all;
    }

    /** The topmost mount at exactly this absolute path without links and dots; empty if it is no mount point. */
    public static Optional<MountInfo> at(Path mountPoint) throws IOException {
        checkAbsolute(mountPoint);
        Optional<MountInfo> found = Optional.empty();
        try (MountTable table = open()) {
            for (Optional<MountInfo> next = table.next(); next.isPresent(); next = table.next()) {
                if (next.get().mountPoint().equals(mountPoint)) {
                    found = next;
                }
            }
        }
        return found;
    }

    /** The mounts at or below this absolute path, topmost first: the order in which they can be taken away. */
    public static List<MountInfo> below(Path directory) throws IOException {
        checkAbsolute(directory);
        List<MountInfo> found = new ArrayList<>();
        try (MountTable table = open()) {
            for (Optional<MountInfo> next = table.next(); next.isPresent(); next = table.next()) {
                if (next.get().mountPoint().startsWith(directory)) {
                    found.add(next.get());
                }
            }
        }
        return found.reversed();
    }

    /**
     * The mounts that show this directory or something below it at another place, such as binds of it, whether what they
     * show was deleted since or not; also the mounts on it. As long as there are any, it is in use.
     *
     * @param directory an existing directory, by an absolute path without links and dots
     */
    public static List<MountInfo> sourcedBelow(Path directory) throws IOException {
        checkAbsolute(directory);
        List<MountInfo> all = all();
        MountInfo holder = holder(directory, all);
        // The same directory as the file system itself would name it.
        Path beneath =
                holder.root().resolve(holder.mountPoint().relativize(directory)).normalize();
        List<MountInfo> found = new ArrayList<>();
        for (MountInfo mount : all) {
            boolean shows = mount.device() == holder.device() && mount.root().startsWith(beneath);
            boolean covers = mount.mountPoint().startsWith(directory);
            if (mount.id() != holder.id() && (shows || covers)) {
                found.add(mount);
            }
        }
        return found;
    }

    /** The mount that a path lies on; what is mounted on the path itself does not count. */
    private static MountInfo holder(Path path, List<MountInfo> all) throws IOException {
        Path parent = path.getParent();
        try (Directory lies = Directory.open(parent == null ? path : parent)) {
            long id = lies.stat().mount();
            return all.stream()
                    .filter(mount -> mount.id() == id)
                    .findFirst()
                    .orElseThrow(() -> new IOException("no mount in the table holds " + Mounts.show(path)));
        }
    }

    private static void checkAbsolute(Path path) {
        if (!path.isAbsolute() || !path.normalize().equals(path)) {
            throw new IllegalArgumentException(Mounts.show(path) + " is no absolute path without dots");
        }
    }
}
