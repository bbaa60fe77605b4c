package dev.berth.node.presentation;

import dev.berth.linux.Directory;
import dev.berth.linux.FileType;
import dev.berth.linux.Names;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the dereferenced tree of the primary path has in it: links into the closure are replaced by what they lead to; links that leave the
 * closure, lead nowhere or lead back to a directory that they lie in stay links. Safe for use by many threads.
 */
final class PrimaryTree {
    /** Links to directories that hold links to directories multiply: no honest package comes near this. */
    static final long MAX_ENTRIES = 1L << 22;

    private final Closure closure;
    private final StoreLinks links;
    private final byte[] storeDirStart;
    private final AtomicLong entries = new AtomicLong();

    PrimaryTree(Closure closure, StoreLinks links) {
        this.closure = closure;
        this.links = links;
        this.storeDirStart = Names.bytes(Path.of(closure.storeDir().path()).getName(0));
    }

    /** What stands for an entry of the store. */
    sealed interface Shown {
        /** A directory. */
        record Below(Level level) implements Shown {}

        /** A regular file that lies elsewhere. */
        record Elsewhere(List<byte[]> place) implements Shown {}

        /** The entry as it is. */
        record Same() implements Shown {}
    }

    /** The primary path, if it is a directory. */
    Optional<Level> top() throws IOException {
        byte[] name = closure.primary().baseName().getBytes(StandardCharsets.US_ASCII);
        return links.follow(List.of(), name)
                .filter(found -> found.type() == FileType.DIRECTORY)
                .map(found -> new Level(null, found.place()));
    }

    /** Opens a directory of the store. */
    Directory open(Level level) throws IOException {
        return links.open(level.place());
    }

    /** Opens the directory of the store that a place lies in. */
    Directory parent(List<byte[]> place) throws IOException {
        return links.parent(place);
    }

    /**
     * What stands for an entry of a directory of the store; nothing for what the store dir itself hides.
     *
     * @throws IOException if there are too many
     */
    Optional<Shown> shown(Directory from, Level level, byte[] name, FileType type) throws IOException {
        if (level.isTop() && Arrays.equals(name, storeDirStart)) {
            return Optional.empty();
        }
        count();
        return Optional.of(
                switch (type) {
                    case DIRECTORY -> new Shown.Below(level.below(level.place(name)));
                    case SYMLINK -> follow(level, from.readLink(name));
                    case REGULAR, SPECIAL -> new Shown.Same();
                });
    }

    private Shown follow(Level level, byte[] target) throws IOException {
        Optional<StoreLinks.Found> found = links.follow(level.place(), target);
        if (found.isEmpty()) {
            return new Shown.Same();
        }
        List<byte[]> place = found.get().place();
        return switch (found.get().type()) {
            case REGULAR -> new Shown.Elsewhere(place);
            case DIRECTORY -> level.isIn(place) ? new Shown.Same() : new Shown.Below(level.below(place));
            case SYMLINK, SPECIAL -> new Shown.Same();
        };
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
