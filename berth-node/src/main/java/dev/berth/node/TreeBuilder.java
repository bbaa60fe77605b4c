package dev.berth.node;

import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.node.presentation.Closure;
import dev.berth.node.presentation.Presentation;
import dev.berth.store.StoreException;
import dev.berth.store.local.LocalStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * Makes the tree that volumes show: the presented closure and, beside its store, the state of a Nix store of exactly that
 * closure, so that Nix works in a pod that mounts the volume's {@code nix} at {@code /nix}.
 *
 * <pre>
 * nix/store/...                    the closure
 * nix/var/result                   the primary package
 * nix/var/nix/db                   the database of the closure
 * nix/var/nix/gcroots/berth/...    the packages
 * ...                              the primary package's tree, links followed
 * </pre>
 */
final class TreeBuilder {
    private final LocalStore store;
    private final boolean verify;

    TreeBuilder(LocalStore store, boolean verify) {
        this.store = store;
        this.verify = verify;
    }

    /** Makes a tree in an empty directory; when it throws, there may be a part. */
    void build(Presentation presentation, Path tree, List<StorePath> packages, Collection<PathInfo> closure)
            throws IOException {
        if (verify) {
            closure.forEach(this::check);
        }
        TreeSet<StorePath> paths = new TreeSet<>();
        closure.forEach(info -> paths.add(info.path()));
        presentation.make(
                new Closure(store.storeDir(), store.config().realStoreDir(), paths, packages.getFirst()),
                root -> state(root, packages, closure),
                tree);
    }

    private void state(Path root, List<StorePath> packages, Collection<PathInfo> closure) throws IOException {
        Path links = root.resolve("nix/var/nix/gcroots/berth");
        Files.createDirectories(links);
        for (StorePath path : packages) {
            Files.createSymbolicLink(links.resolve(path.baseName()), inPod(path));
        }
        Files.createSymbolicLink(root.resolve("nix/var/result"), inPod(packages.getFirst()));
        store.exportDatabase(root, closure);
    }

    private Path inPod(StorePath path) {
        return Path.of(store.storeDir().print(path));
    }

    private void check(PathInfo info) {
        NarHasher hasher = new NarHasher();
        store.nar(info.path(), hasher);
        Hash now = hasher.hash();
        if (!now.equals(info.narHash())) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "path " + store.storeDir().print(info.path()) + " in " + store.uri()
                            + " was changed: its NAR has the"
                            + " hash " + now.toNix32() + ", not "
                            + info.narHash().toNix32()
                            + "; delete it from the store, so that it is fetched again");
        }
    }
}
