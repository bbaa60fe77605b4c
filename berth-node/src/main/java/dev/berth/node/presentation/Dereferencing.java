package dev.berth.node.presentation;

import dev.berth.linux.Directory;
import dev.berth.linux.FileType;
import dev.berth.linux.Names;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Shows the tree of the primary path with its links into the closure replaced by what they lead to. Links that leave the
 * closure, lead nowhere or lead back to a directory that they lie in stay links. Works for a crew.
 */
final class Dereferencing {
    /** Links to directories that hold links to directories multiply: no honest package comes near this. */
    static final long MAX_ENTRIES = 1L << 22;

    private final Crew crew;
    private final TreeLinker linker;
    private final Closure closure;
    private final StoreLinks links;
    private final byte[] storeDirStart;
    private final AtomicLong entries = new AtomicLong();

    Dereferencing(Crew crew, TreeLinker linker, Closure closure, StoreLinks links) {
        this.crew = crew;
        this.linker = linker;
        this.closure = closure;
        this.links = links;
        this.storeDirStart = Names.bytes(Path.of(closure.storeDir().path()).getName(0));
    }

    /** Fills the root of the tree, if the primary path is a directory; its metadata stay as they are. */
    void show(Directory root) throws IOException {
        byte[] name = closure.primary().baseName().getBytes(StandardCharsets.US_ASCII);
        Optional<StoreLinks.Found> primary = links.follow(List.of(), name);
        if (primary.isPresent() && primary.get().type() == FileType.DIRECTORY) {
            fill(new Level(null, primary.get().place()), root.openBeneath(new byte[] {'.'}));
        }
    }

    /** A directory of the store that is being shown, and the one that it is shown in; their links may not lead back. */
    private record Level(@Nullable Level above, List<byte[]> place) {
        boolean isIn(List<byte[]> other) {
            for (Level level = this; level != null; level = level.above) {
                if (Arrays.deepEquals(level.place.toArray(), other.toArray())) {
                    return true;
                }
            }
            return false;
        }

        boolean isTop() {
            return above == null;
        }

        List<byte[]> below(byte[] name) {
            List<byte[]> below = new ArrayList<>(place);
            below.add(name);
            return List.copyOf(below);
        }
    }

    /** A directory that was made for one of the store. */
    private static final class Made {
        final byte[] name;
        final Level level;

        Made(byte[] name, Level level) {
            this.name = name;
            this.level = level;
        }
    }

    /** Has this thread or another fill a directory, which is then closed. */
    private void fill(Level level, Directory to) throws IOException {
        Fill fill = new Fill(level, to);
        if (!crew.offer(fill)) {
            fill.run();
        }
    }

    private final class Fill implements Crew.Task {
        private final Level level;
        private final Directory to;
        private final List<Made> made = new ArrayList<>();

        Fill(Level level, Directory to) {
            this.level = level;
            this.to = to;
        }

        @Override
        public void run() throws IOException {
            try (to;
                    Directory from = links.open(level.place)) {
                from.forEach((name, type, inode) -> {
                    if (!crew.stopped() && !(level.isTop() && Arrays.equals(name, storeDirStart))) {
                        count();
                        entry(from, name, type);
                    }
                });
                if (!level.isTop()) {
                    linker.finish(to);
                }
                for (Made below : made) {
                    if (crew.stopped()) {
                        return;
                    }
                    fill(below.level, to.openDirectory(below.name));
                }
            }
        }

        private void entry(Directory from, byte[] name, FileType type) throws IOException {
            if (type == FileType.DIRECTORY) {
                make(name, level.below(name));
                return;
            }
            if (type == FileType.SYMLINK) {
                Optional<StoreLinks.Found> found = links.follow(level.place, from.readLink(name));
                if (found.isPresent() && replaced(name, found.get())) {
                    return;
                }
            }
            linker.showFile(from, name, type, to, name);
        }

        private boolean replaced(byte[] name, StoreLinks.Found found) throws IOException {
            List<byte[]> place = found.place();
            if (found.type() == FileType.REGULAR) {
                try (Directory parent = links.parent(place)) {
                    linker.showFile(parent, place.getLast(), FileType.REGULAR, to, name);
                }
                return true;
            }
            if (found.type() != FileType.DIRECTORY || level.isIn(place)) {
                return false;
            }
            make(name, place);
            return true;
        }

        private void make(byte[] name, List<byte[]> place) throws IOException {
            linker.make(to, name);
            made.add(new Made(name, new Level(level, place)));
        }

        @Override
        public void abandon() {
            try {
                to.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void count() throws IOException {
        if (entries.incrementAndGet() > MAX_ENTRIES) {
            throw new IOException(
                    "store path " + closure.storeDir().print(closure.primary()) + " has links to directories"
                            + " that come to more than " + MAX_ENTRIES
                            + " entries when they are followed: mount another path, or one without such links");
        }
    }
}
