package dev.berth.node;

import dev.berth.nix.Hash;
import dev.berth.nix.HashFormat;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Where an agent keeps its state: below its store's root, on the file system of the store, so that trees there can be
 * made of hard links. Held by one agent at a time.
 *
 * <pre>
 * nix/var/berth/lock                  locked while an agent runs
 * nix/var/berth/volumes/NAME/         a volume: its record, and upper and work of a read-write one
 * nix/var/berth/containers/NAME/      a container with a closure: the same
 * nix/var/berth/nri/                  what containers' hooks run, and the socket that they ask
 * nix/var/berth/trees/KEY/            the presented tree that all volumes of one closure share: directories and links
 * nix/var/berth/trees/composefs-KEY/  the same as an image, and where it is mounted
 * nix/var/berth/parts/                trees being made: worth nothing after a crash
 * nix/var/berth/trash/                what is to be deleted
 * nix/var/nix/gcroots/berth/NAME/     the packages of a volume, a container or a tree, as links
 * </pre>
 */
final class StateDir implements AutoCloseable {
    /** The directory of what containers' hooks need, below the root. */
    static final String NRI = "nix/var/berth/nri";

    private final Path base;
    private final Path gcRoots;
    private final FileChannel lockFile;
    private final SharedReading<LiveMounts> mounts;

    private StateDir(Path base, Path gcRoots, FileChannel lockFile) {
        this.base = base;
        this.gcRoots = gcRoots;
        this.lockFile = lockFile;
        this.mounts = new SharedReading<>(() -> LiveMounts.read(base));
    }

    /** @throws NodeException if another agent runs there or the directories can't be made */
    static StateDir open(Path root) {
        Path wanted = root.resolve("nix/var/berth");
        try {
            Path gcRoots = Files.createDirectories(root.resolve("nix/var/nix/gcroots/berth"));
            Files.createDirectories(wanted);
            // What pods wrote lies below: nobody's business but root's.
            Files.setPosixFilePermissions(wanted, PosixFilePermissions.fromString("rwx------"));
            // Mountinfo shows paths without links, and we compare with it.
            Path base = wanted.toRealPath();
            for (String part : new String[] {"volumes", "containers", "nri", "trees", "parts", "trash"}) {
                Files.createDirectories(base.resolve(part));
            }
            return new StateDir(base, gcRoots.toRealPath(), lock(base.resolve("lock")));
        } catch (IOException e) {
            throw new NodeException("cannot use " + wanted + " for the agent's state: " + Failures.reason(e), e);
        }
    }

    private static FileChannel lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Another agent of this process holds it.
            channel.close();
            throw new NodeException("another agent of this process uses " + file.getParent(), e);
        }
        channel.close();
        throw new NodeException("another agent uses " + file.getParent() + ": stop it or choose another root");
    }

    /** The name of a volume's directories: of fixed length and alphabet, whatever the id holds. */
    static String volumeName(String volumeId) {
        return "v-" + digest(volumeId);
    }

    /** The name of a container's directories. */
    static String containerName(String id) {
        return "c-" + digest(id);
    }

    private static String digest(String text) {
        return Hash.sha256(text.getBytes(StandardCharsets.UTF_8)).format(HashFormat.NIX32, false);
    }

    Path base() {
        return base;
    }

    Path volumes() {
        return base.resolve("volumes");
    }

    Path volume(String name) {
        return volumes().resolve(name);
    }

    Path containers() {
        return base.resolve("containers");
    }

    Path container(String name) {
        return containers().resolve(name);
    }

    Path nri() {
        return base.resolve("nri");
    }

    Path trees() {
        return base.resolve("trees");
    }

    Path tree(String key) {
        return trees().resolve(key);
    }

    Path parts() {
        return base.resolve("parts");
    }

    Path trash() {
        return base.resolve("trash");
    }

    Path gcRoots() {
        return gcRoots;
    }

    /** What is mounted now, asked about the directories here; read after the call began. */
    LiveMounts mounts() throws IOException {
        return mounts.now();
    }

    /** Lets another agent in. */
    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new NodeException("cannot close the lock of " + base + ": " + Failures.reason(e), e);
        }
    }
}
