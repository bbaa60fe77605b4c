package dev.berth.node.presentation;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Directory;
import dev.berth.linux.FileStat;
import dev.berth.linux.LinuxException;
import dev.berth.linux.MountAttribute;
import dev.berth.linux.Names;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Shows a closure by hard links to the store's files, made by several threads. All pods that show a file share its
 * inode, and so its page cache. What cannot be linked, because the store lies on another file system or a file has all
 * the links that it can have, is copied.
 *
 * <p>When it throws, what it made is removed again.
 */
public final class HardlinkTree implements Presentation {
    private final int threads;

    /** With four threads, or two for each processor if that is more: they wait for the disk as often as they run. */
    public HardlinkTree() {
        this(Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));
    }

    /** @param threads how many threads work on one tree, at least 1 */
    public HardlinkTree(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a hardlink tree needs at least one thread, not " + threads);
        }
        this.threads = threads;
    }

    @Override
    public void make(Closure closure, State state, Path tree) throws IOException {
        present(closure, tree);
        state.write(tree);
    }

    @Override
    public void ready(Path tree) {
        // The tree is what is bound.
    }

    @Override
    public Optional<Path> shared(Path tree) {
        return Optional.empty();
    }

    @Override
    public DetachedMount readOnly(Path tree) throws IOException {
        return Binds.of(tree, Set.of(MountAttribute.READ_ONLY));
    }

    @Override
    public DetachedMount readWrite(Path tree, Writable layer) throws IOException {
        try (Overlay overlay = new Overlay(layer.source())) {
            return overlay.mount(List.of(tree), layer);
        }
    }

    /**
     * Fills a directory with what a volume shows of the closure.
     *
     * @param root an existing empty directory that nobody else uses
     * @throws StoreException NO_SPACE if the disk, its inodes or a quota are used up; ABSENT if a path is not in the store
     * @throws IOException if another system call failed, or the thread was interrupted
     */
    public void present(Closure closure, Path root) throws IOException {
        try (Directory top = Directory.open(root)) {
            try {
                build(closure, root, top);
            } catch (IOException | RuntimeException | Error e) {
                clean(top, e);
                if (e instanceof IOException failure
                        && StoreException.Kind.of(failure) == StoreException.Kind.NO_SPACE) {
                    throw new StoreException(
                            StoreException.Kind.NO_SPACE,
                            "no space to show " + closure.storeDir().print(closure.primary()) + " with "
                                    + closure.paths().size() + " store paths: " + e.getMessage()
                                    + "; free space or inodes there",
                            e);
                }
                throw e;
            }
        }
    }

    private void build(Closure closure, Path root, Directory top) throws IOException {
        Path shown = Files.createDirectories(
                root.resolve(Path.of("/").relativize(Path.of(closure.storeDir().path()))));
        boolean superuser = isSuperuser();
        try (Directory from = Directory.open(closure.realStoreDir());
                Directory to = Directory.open(shown);
                FileLinks files = new FileLinks()) {
            Crew.work(threads, crew -> {
                TreeLinker linker = new TreeLinker(crew, files, superuser);
                return new Whole(crew, linker, closure, from, to, top);
            });
        }
    }

    private record Whole(Crew crew, TreeLinker linker, Closure closure, Directory from, Directory to, Directory top)
            implements Crew.Task {
        @Override
        public void run() throws IOException {
            for (StorePath path : closure.paths()) {
                if (crew.stopped()) {
                    return;
                }
                byte[] name = path.baseName().getBytes(StandardCharsets.US_ASCII);
                FileStat stat = closure.stat(from, path);
                linker.show(from, name, stat.type(), to);
            }
            new Dereferencing(crew, linker, new PrimaryTree(closure, new StoreLinks(closure, from))).show(top);
        }

        @Override
        public void abandon() {
            // Its directories are closed by those who opened them.
        }
    }

    private void clean(Directory top, Throwable cause) {
        // An interrupted caller still wants the rest gone.
        boolean interrupted = Thread.interrupted();
        try {
            new TreeRemoval(threads).empty(top);
        } catch (IOException | RuntimeException e) {
            cause.addSuppressed(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static boolean isSuperuser() throws LinuxException {
        try (Directory self = Directory.open(Names.bytes("/proc/self"))) {
            return self.stat().owner() == 0;
        }
    }
}
