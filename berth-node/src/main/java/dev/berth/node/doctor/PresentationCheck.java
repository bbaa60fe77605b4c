package dev.berth.node.doctor;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.Names;
import dev.berth.node.presentation.ComposefsProbe;
import dev.berth.node.presentation.HardlinkTree;
import dev.berth.node.presentation.TreeRemoval;
import dev.berth.node.presentation.Writable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Which ways to show a closure work on the file system of the agent's root. */
final class PresentationCheck {
    static final String COMPOSEFS = "composefs";
    static final String READ_WRITE = "read-write volumes";
    static final String HARD_LINKS = "hard links";

    private PresentationCheck() {}

    /** @param scratch an empty directory on the file system of the root, without links in its path; left empty */
    static List<Finding> run(Path root, Path scratch) throws IOException {
        Path probe = Files.createDirectory(scratch.resolve("composefs"));
        Optional<String> problem = ComposefsProbe.problem(probe);
        Files.delete(probe);
        Finding composefs = problem.map(why -> Finding.limited(
                        COMPOSEFS,
                        why,
                        "use Linux 6.12 or newer with CONFIG_EROFS_FS_BACKED_BY_FILE, and a disk file system for --root;"
                                + " until then volumes are trees of hard links"))
                .orElseGet(() ->
                        Finding.ok(COMPOSEFS, "a volume shown by it has the right files, read-only and read-write"));
        try {
            return List.of(composefs, readWrite(scratch), hardLinks(root, scratch));
        } finally {
            try (Directory all = Directory.open(scratch)) {
                new TreeRemoval(1).empty(all);
            }
        }
    }

    private static Finding readWrite(Path scratch) throws IOException {
        Path tree = Files.createDirectory(scratch.resolve("tree"));
        Writable layer = new Writable(
                "berth-doctor",
                Files.createDirectory(scratch.resolve("upper")),
                Files.createDirectory(scratch.resolve("work")));
        try (DetachedMount volume = new HardlinkTree(1).readWrite(tree, layer);
                Directory root = volume.root()) {
            root.createFile(Names.bytes("written"), 0600).close();
            return Finding.ok(READ_WRITE, "an overlay takes what is written");
        } catch (IOException e) {
            return Finding.limited(
                    READ_WRITE,
                    "no overlay can be mounted: " + e.getMessage(),
                    "give the kernel CONFIG_OVERLAY_FS and --root a file system that can be an upper layer (not overlayfs,"
                            + " not NFS); until then volumes need readOnly: true");
        }
    }

    /** From where the agent's store has its files to where it has its trees: these may be mounts of their own. */
    private static Finding hardLinks(Path root, Path scratch) throws IOException {
        Path store = root.resolve("nix/store");
        Path state = root.resolve("nix/var/berth");
        Path from = Files.isDirectory(store) ? Files.createTempDirectory(store, ".berth-doctor-") : scratch;
        Path to = Files.isDirectory(state) ? Files.createTempDirectory(state, ".berth-doctor-") : scratch;
        byte[] file = Names.bytes("file");
        byte[] link = Names.bytes("link");
        try (Directory source = Directory.open(from);
                Directory target = Directory.open(to)) {
            source.createFile(file, 0600).close();
            Optional<Errno> failure = source.tryLink(file, target, link);
            source.unlink(file);
            if (failure.isEmpty()) {
                target.unlink(link);
                return Finding.ok(HARD_LINKS, "a file of " + store + " can be linked into " + state);
            }
            return Finding.limited(
                    HARD_LINKS,
                    "a file of " + store + " can't be linked into " + state + ": " + failure.get(),
                    "have both on one file system and in one mount of it; until then trees of links are copies");
        } finally {
            if (!from.equals(scratch)) {
                Files.delete(from);
            }
            if (!to.equals(scratch)) {
                Files.delete(to);
            }
        }
    }
}
