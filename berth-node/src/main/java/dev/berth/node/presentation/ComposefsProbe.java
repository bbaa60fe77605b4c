package dev.berth.node.presentation;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Directory;
import dev.berth.linux.Entry;
import dev.berth.linux.MountInfo;
import dev.berth.linux.MountTable;
import dev.berth.linux.Mounts;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Finds out whether {@link Composefs} works by doing it: a kernel that lacks something may refuse a mount, or make one that shows too
 * much, so what counts is what a small volume then shows, not which version the kernel calls itself.
 */
public final class ComposefsProbe {
    private static final StorePath MEMBER = new StorePath("00000000000000000000000000000000-member");
    private static final StorePath STRANGER = new StorePath("11111111111111111111111111111111-stranger");
    private static final String CONTENT = "content";

    private ComposefsProbe() {}

    /**
     * Tries it.
     *
     * @param scratch an empty directory on the file system where trees are to be, without links in its path; it is left empty
     * @return what is wrong; empty if it works
     * @throws IOException if the directory cannot be used
     */
    public static Optional<String> problem(Path scratch) throws IOException {
        Path store = scratch.resolve("store");
        Path tree = Files.createDirectory(scratch.resolve("tree"));
        for (StorePath path : List.of(MEMBER, STRANGER)) {
            Files.createDirectories(store.resolve(path.baseName()).resolve("directory"));
            Files.writeString(store.resolve(path.baseName()).resolve("directory/file"), CONTENT);
        }
        try {
            return tried(store, tree);
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        } finally {
            for (MountInfo left : MountTable.below(scratch)) {
                Mounts.unmount(left.mountPoint(), Mounts.Unmount.DETACH);
            }
            try (Directory all = Directory.open(scratch)) {
                new TreeRemoval(1).empty(all);
            }
        }
    }

    private static Optional<String> tried(Path store, Path tree) throws IOException {
        Composefs composefs = new Composefs(store, "berth-probe-");
        composefs.make(new Closure(StoreDir.DEFAULT, store, new TreeSet<>(List.of(MEMBER)), MEMBER), state -> {}, tree);
        composefs.ready(tree);
        try (DetachedMount volume = composefs.readOnly(tree);
                Directory root = volume.root()) {
            Optional<String> wrong = wrong(root);
            if (wrong.isPresent()) {
                return wrong;
            }
        }
        Writable layer = new Writable(
                "berth-probe",
                Files.createDirectory(tree.resolve("upper")),
                Files.createDirectory(tree.resolve("work")));
        try (DetachedMount volume = composefs.readWrite(tree, layer);
                Directory root = volume.root()) {
            root.createFile(Names.bytes("written"), 0600).close();
            root.unlink(Names.bytes("written"));
            return wrong(root);
        }
    }

    private static Optional<String> wrong(Directory root) throws IOException {
        return shows(root, ".", List.of("directory", "nix"))
                .or(() -> shows(root, "nix/store", List.of(MEMBER.baseName())))
                .or(() -> holds(root, "directory/file"))
                .or(() -> holds(root, "nix/store/" + MEMBER.baseName() + "/directory/file"));
    }

    private static Optional<String> shows(Directory root, String path, List<String> expected) {
        try (Directory directory = root.openBeneath(Names.bytes(path))) {
            List<String> names =
                    directory.entries().stream().map(Entry::toString).toList();
            return names.equals(expected)
                    ? Optional.empty()
                    : Optional.of("a volume shows " + names + " at " + path + ", not " + expected);
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static Optional<String> holds(Directory root, String path) {
        try (OpenFile file = root.openFileBeneath(Names.bytes(path))) {
            byte[] read = new byte[CONTENT.length() + 1];
            int size = Math.max(0, file.read(read, 0, read.length));
            return new String(read, 0, size, StandardCharsets.US_ASCII).equals(CONTENT)
                    ? Optional.empty()
                    : Optional.of("a volume shows another content of " + path);
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
