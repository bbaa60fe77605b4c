package dev.berth.node.presentation;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Directory;
import dev.berth.linux.FileSystemContext;
import dev.berth.linux.MountAttribute;
import dev.berth.linux.Mounts;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Shows a closure as composefs does: by an overlay of two layers, an EROFS image that has the names and a directory that has the files, here the
 * store itself. So nothing is made for each file. Pods read the store's own files, and so share page cache; a tree's volumes share inodes,
 * too: they are binds of one mount, {@value #SHOWN}.
 *
 * <p>INVARIANT: the paths of the closure stay in the store as long as a tree is mounted: whoever makes one holds a GC root for it.
 *
 * <p>Needs EROFS images mounted from files (Linux 6.12). Mounts are put together at paths inside the tree's directory, because kernels before 6.15 take
 * nothing that is not attached for a layer or a bind; a crash may leave one at {@value #STAGE}….
 */
public final class Composefs implements Presentation {
    /** The image in the directory of a tree. */
    public static final String IMAGE = "image";

    /** Where the mount is that read-only volumes share, in the directory of a tree. */
    public static final String SHOWN = "shown";

    /** What the names start with at which mounts are put together, in the directory of a tree. */
    public static final String STAGE = "stage";

    private static final Set<MountAttribute> READ_ONLY = Set.of(MountAttribute.READ_ONLY);

    private final Path store;
    private final String source;

    /**
     * @param store the directory that has the files of all closures
     * @param source what the mount table shows as the source of the shared mounts, before the name of their trees
     */
    public Composefs(Path store, String source) {
        this.store = store;
        this.source = source;
    }

    @Override
    public void make(Closure closure, State state, Path tree) throws IOException {
        Path beside = Files.createDirectory(tree.resolve("state"));
        state.write(beside);
        try (Directory directory = Directory.open(tree);
                Directory from = directory.openDirectory(Names.bytes("state"));
                // Not synced: no tree outlives the boot that it was made in.
                OpenFile image = directory.createFile(Names.bytes(IMAGE), 0600)) {
            ClosureImage.write(closure, from, image);
        }
        new TreeRemoval(1).remove(beside);
        Files.createDirectory(tree.resolve(SHOWN));
    }

    @Override
    public void ready(Path tree) throws IOException {
        try (Directory directory = Directory.open(tree)) {
            if (directory.stat(Names.bytes(SHOWN)).mountRoot()) {
                return;
            }
        }
        try (DetachedMount mount = mount(tree, Optional.empty())) {
            mount.attach(tree.resolve(SHOWN));
        }
    }

    @Override
    public Optional<Path> shared(Path tree) {
        return Optional.of(tree.resolve(SHOWN));
    }

    @Override
    public DetachedMount readOnly(Path tree) throws IOException {
        return Binds.of(tree.resolve(SHOWN), READ_ONLY);
    }

    @Override
    public DetachedMount readWrite(Path tree, Writable layer) throws IOException {
        return mount(tree, Optional.of(layer));
    }

    private DetachedMount mount(Path tree, Optional<Writable> layer) throws IOException {
        Path stage = Files.createTempDirectory(tree, STAGE);
        try {
            try (DetachedMount overlay = overlay(tree, stage, layer)) {
                overlay.attach(stage);
                try {
                    return Binds.of(stage.resolve(ClosureImage.VOLUME), Set.of());
                } finally {
                    Mounts.unmount(stage, Mounts.Unmount.DETACH);
                }
            }
        } finally {
            Files.deleteIfExists(stage);
        }
    }

    private DetachedMount overlay(Path tree, Path stage, Optional<Writable> layer) throws IOException {
        List<Path> lower = List.of(stage, store);
        try (DetachedMount image = image(tree)) {
            image.attach(stage);
            try (Overlay overlay =
                    new Overlay(layer.map(Writable::source).orElse(source + tree.getFileName())).redirected()) {
                return layer.isPresent() ? overlay.mount(lower, layer.get()) : overlay.mount(lower);
            } finally {
                // The overlay has the image for itself.
                Mounts.unmount(stage, Mounts.Unmount.DETACH);
            }
        }
    }

    private static DetachedMount image(Path tree) throws IOException {
        try (FileSystemContext erofs = FileSystemContext.of("erofs");
                Directory directory = Directory.open(tree);
                OpenFile image = directory.openFile(Names.bytes(IMAGE))) {
            // By its number: the kernel's limit for the path of a source is 255 bytes.
            erofs.option("source", "/proc/self/fd/" + image.number());
            return erofs.mount(READ_ONLY);
        }
    }
}
