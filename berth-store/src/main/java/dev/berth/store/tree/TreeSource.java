package dev.berth.store.tree;

import dev.berth.linux.Directory;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Tells a tree of files as {@code nix-store --dump} does (libutil/archive.cc): a file is executable if its owner may
 * execute it. It can be told as often as wanted, each time as the tree is then. It holds the names of the directories on
 * the way to where it is, and a bounded number of descriptors. Any thread.
 */
public final class TreeSource implements NarSource {
    static final String DOING = "can't read a tree";

    private final Supplier<TreeLocation> place;

    /** @param path what to tell: a file, a directory or a symbolic link, which is not followed */
    public TreeSource(Path path) {
        this(() -> TreeLocation.of(DOING, path));
    }

    private TreeSource(Supplier<TreeLocation> place) {
        this.place = place;
    }

    /** What a name in a directory stands for. The directory is the caller's, and open as long as this is used. */
    public static TreeSource in(Directory directory, byte[] name) {
        byte[] copy = name.clone();
        return new TreeSource(() -> TreeLocation.in(directory, copy));
    }

    /**
     * Tells the tree.
     *
     * @throws StoreException of kind ABSENT if there is nothing; REFUSED for what is neither a file, a directory nor a
     *     symbolic link; FAILED for a file whose size changes while it is read, and for every other failure of the tree
     * @throws IOException if the sink throws it
     */
    @Override
    public void sendTo(NarSink sink) throws IOException {
        try (TreeLocation location = place.get()) {
            new TreeWalk(sink).root(location.parent(), location.name());
        }
    }

    /**
     * Tells what is called {@code name} in an open directory.
     *
     * @throws StoreException as {@link #sendTo}
     * @throws IOException if the sink throws it
     */
    public static void tell(Directory parent, byte[] name, NarSink sink) throws IOException {
        new TreeWalk(sink).root(parent, name);
    }
}
