package dev.berth.node.presentation;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Directory;
import dev.berth.linux.Entry;
import dev.berth.linux.FileStat;
import dev.berth.linux.Kernel;
import dev.berth.linux.MountAttribute;
import dev.berth.linux.MountTable;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceThread;
import dev.berth.linux.Place;
import dev.berth.linux.Propagation;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.Set;

/**
 * Shows a closure by a bind mount for each store path, on any kernel that has detached mounts (Linux 5.12), and from a store on any file system. A tree has
 * only what is mounted on; the mounts are made anew for each container, in a mount namespace that nobody sees, and leave it as one tree of mounts.
 *
 * <p>Not for volumes: kubelet binds a {@code subPath} without the mounts below it. So the primary path's tree is not shown at the root, either. A
 * writable one is writable between the store paths; they are not.
 */
public final class BindFarm implements Presentation {
    /** What a mount namespace is left beside the farm. */
    private static final int RESERVE = 1000;

    private static final Path STORE = Path.of("nix/store");
    private static final Set<MountAttribute> READ_ONLY = Set.of(MountAttribute.READ_ONLY);

    private final Path store;

    /** @param store the directory that has the files of all closures */
    public BindFarm(Path store) {
        this.store = store;
    }

    /**
     * Why a closure can't be shown so: a mount namespace has a limit (fs.mount-max), and the farm is made in a copy of this one.
     *
     * @param paths how many store paths it has
     */
    public static Optional<String> problem(int paths) throws IOException {
        long limit = Kernel.setting("fs/mount-max");
        long mounted = MountTable.all().size();
        return mounted + paths + RESERVE <= limit
                ? Optional.empty()
                : Optional.of(
                        paths + " mounts beside " + mounted + " are too near to the limit fs.mount-max of " + limit);
    }

    @Override
    public void make(Closure closure, State state, Path tree) throws IOException {
        Files.createDirectories(tree.resolve(STORE));
        try (Directory from = Directory.open(closure.realStoreDir());
                Directory to = Directory.open(tree.resolve(STORE))) {
            for (StorePath path : closure.paths()) {
                byte[] name = path.baseName().getBytes(StandardCharsets.US_ASCII);
                FileStat stat = closure.stat(from, path);
                switch (stat.type()) {
                    case DIRECTORY -> to.makeDirectory(name, 0555);
                    case REGULAR -> to.createFile(name, 0444).close();
                    case SYMLINK -> to.symlink(from.readLink(name), name);
                    case SPECIAL -> throw new IOException("store path " + path + " is a special file");
                }
            }
        }
        state.write(tree);
    }

    @Override
    public void ready(Path tree) {
        // Nothing is shared but the directories.
    }

    @Override
    public Optional<Path> shared(Path tree) {
        return Optional.empty();
    }

    @Override
    public DetachedMount readOnly(Path tree) throws IOException {
        return farm(tree, READ_ONLY);
    }

    @Override
    public DetachedMount readWrite(Path tree, Writable layer) throws IOException {
        copy(tree, layer.upper());
        return farm(layer.upper(), Set.of());
    }

    private DetachedMount farm(Path tree, Set<MountAttribute> attributes) throws IOException {
        try {
            return NamespaceThread.inNew(Set.of(Namespace.MOUNT), () -> {
                try (DetachedMount base = DetachedMount.copy(tree, false)) {
                    base.setAttributes(attributes, Set.of(), false);
                    base.setPropagation(Propagation.PRIVATE, false);
                    base.attach(tree);
                }
                bindAll(tree);
                return DetachedMount.copy(tree, true);
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while mounting the store paths of " + tree);
        }
    }

    private void bindAll(Path tree) throws IOException {
        try (Directory from = Directory.open(store);
                Directory to = Directory.open(tree.resolve(STORE))) {
            for (Entry entry : to.entries()) {
                switch (entry.type()) {
                    case DIRECTORY, REGULAR -> {
                        try (Place source = Place.inRoot(from, entry.name());
                                Place target = Place.inRoot(to, entry.name());
                                DetachedMount bind = DetachedMount.copy(source, false)) {
                            bind.setAttributes(READ_ONLY, Set.of(), false);
                            bind.attach(target);
                        }
                    }
                    // A link is a link wherever it is.
                    case SYMLINK, SPECIAL -> {}
                }
            }
        }
    }

    /** Copies what is mounted on, and the state beside it; none of it is large. What is there was copied by a container's agent before this one. */
    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Files.createDirectories(to.resolve(from.relativize(directory)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path copy = to.resolve(from.relativize(file));
                if (!Files.exists(copy, LinkOption.NOFOLLOW_LINKS)) {
                    Files.copy(file, copy, LinkOption.NOFOLLOW_LINKS);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
