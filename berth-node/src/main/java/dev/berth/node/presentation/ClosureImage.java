package dev.berth.node.presentation;

import dev.berth.linux.Directory;
import dev.berth.linux.Entry;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.linux.erofs.ErofsWriter;
import dev.berth.nix.StorePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Writes the image of a closure. Its paths are redirected to the store as a whole, so it has an inode for each path, not for each file, and
 * nothing in the store is read but the primary path, whose dereferenced tree is made of redirected files. What belongs to the volume alone is
 * copied. One thread.
 *
 * <p>Directories of the dereferenced tree are never redirected: a directory of the store must be shown at one place only, because
 * overlayfs has one inode for it, and the kernel one name for an inode that is a directory.
 */
final class ClosureImage {
    /** The directory of the image that volumes show: the root of the overlay shows the whole store, too. */
    static final String VOLUME = "volume";

    private static final int DIRECTORY = 0555;
    private static final int TIME = 1;

    /** What directories that are no store path's are made with. */
    private static final int OWN = 0755;

    private final Closure closure;
    private final Directory store;
    private final ErofsWriter image;
    private final PrimaryTree primary;

    private ClosureImage(Closure closure, Directory store, ErofsWriter image) {
        this.closure = closure;
        this.store = store;
        this.image = image;
        this.primary = new PrimaryTree(closure, new StoreLinks(closure, store));
    }

    /**
     * Writes it.
     *
     * @param state what it shows beside the closure
     * @param file empty
     */
    static void write(Closure closure, Directory state, OpenFile file) throws IOException {
        try (Directory store = Directory.open(closure.realStoreDir())) {
            ErofsWriter writer = new ErofsWriter(file, TIME, DIRECTORY);
            ClosureImage image = new ClosureImage(closure, store, writer);
            writer.opaqueDirectory(Names.bytes(VOLUME), OWN);
            Optional<Level> top = image.primary.top();
            if (top.isPresent()) {
                image.dereferenced(top.get());
            }
            List<byte[]> storeDir = new ArrayList<>();
            Path.of(closure.storeDir().path()).forEach(name -> storeDir.add(Names.bytes(name)));
            image.state(Optional.of(state), storeDir);
            writer.leave();
            writer.finish();
        }
    }

    /** The state's entries, and in them, or beside them, the way to the store dir. */
    private void state(Optional<Directory> state, List<byte[]> way) throws IOException {
        boolean found = false;
        for (Entry entry : state.isPresent() ? state.get().entries() : List.<Entry>of()) {
            Directory in = state.orElseThrow();
            boolean onWay = !way.isEmpty() && Arrays.equals(way.getFirst(), entry.name());
            switch (entry.type()) {
                case DIRECTORY -> {
                    image.directory(entry.name(), in.stat(entry.name()).permissions());
                    try (Directory below = in.openDirectory(entry.name())) {
                        down(Optional.of(below), way, onWay);
                    }
                    image.leave();
                }
                case SYMLINK -> image.symlink(entry.name(), in.readLink(entry.name()));
                case REGULAR -> copy(in, entry.name());
                case SPECIAL -> throw special(in);
            }
            found |= onWay;
        }
        if (!way.isEmpty() && !found) {
            image.directory(way.getFirst(), OWN);
            down(Optional.empty(), way, true);
            image.leave();
        }
    }

    private void down(Optional<Directory> state, List<byte[]> way, boolean onWay) throws IOException {
        if (onWay && way.size() == 1) {
            paths();
        } else {
            state(state, onWay ? way.subList(1, way.size()) : List.of());
        }
    }

    private void copy(Directory in, byte[] name) throws IOException {
        FileStat stat = in.stat(name);
        try (OpenFile file = in.openFile(name);
                InputStream content = Channels.newInputStream(file.channel())) {
            image.file(name, stat.permissions(), stat.size(), content);
        }
    }

    private void paths() throws IOException {
        for (StorePath path : closure.paths()) {
            byte[] name = path.baseName().getBytes(StandardCharsets.US_ASCII);
            FileStat stat = closure.stat(store, path);
            if (stat.type() == FileType.DIRECTORY) {
                image.redirectedDirectory(name, stat.permissions(), inStore(List.of(name)));
                image.leave();
            } else {
                file(store, name, stat, name, List.of(name));
            }
        }
    }

    private void dereferenced(Level level) throws IOException {
        List<Below> directories = new ArrayList<>();
        try (Directory from = primary.open(level)) {
            for (Entry entry : from.entries()) {
                Optional<PrimaryTree.Shown> shown = primary.shown(from, level, entry.name(), entry.type());
                if (shown.isEmpty()) {
                    continue;
                }
                switch (shown.get()) {
                    case PrimaryTree.Shown.Below(Level below) -> directories.add(new Below(entry, below));
                    case PrimaryTree.Shown.Elsewhere(List<byte[]> place) -> {
                        try (Directory parent = primary.parent(place)) {
                            file(parent, place.getLast(), parent.stat(place.getLast()), entry.name(), place);
                        }
                    }
                    case PrimaryTree.Shown.Same() ->
                        file(from, entry.name(), from.stat(entry.name()), entry.name(), level.place(entry.name()));
                }
            }
        }
        for (Below below : directories) {
            image.directory(below.entry.name(), DIRECTORY);
            dereferenced(below.level);
            image.leave();
        }
    }

    /** A directory to be filled later, when the one above is closed. */
    private record Below(Entry entry, Level level) {}

    /** A regular file or a link of the store under another name. */
    private void file(Directory from, byte[] name, FileStat stat, byte[] newName, List<byte[]> place)
            throws IOException {
        switch (stat.type()) {
            case REGULAR -> image.redirectedFile(newName, stat.permissions(), stat.size(), inStore(place));
            case SYMLINK -> image.symlink(newName, from.readLink(name));
            case DIRECTORY, SPECIAL -> throw special(from);
        }
    }

    private static IOException special(Directory in) {
        return new IOException("there is a file in the store at " + in
                + " that is neither regular, nor a directory, nor a symbolic link");
    }

    /** The path by which overlayfs finds it in the layer that is the store. */
    private static byte[] inStore(List<byte[]> place) {
        ByteArrayOutputStream path = new ByteArrayOutputStream();
        for (byte[] name : place) {
            path.write('/');
            path.writeBytes(name);
        }
        return path.toByteArray();
    }
}
