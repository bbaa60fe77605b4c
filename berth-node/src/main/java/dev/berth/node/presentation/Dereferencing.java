package dev.berth.node.presentation;

import dev.berth.linux.Directory;
import dev.berth.linux.FileType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes the dereferenced tree of the primary path of directories and links to files. Works for a crew. */
final class Dereferencing {
    private final Crew crew;
    private final TreeLinker linker;
    private final PrimaryTree tree;

    Dereferencing(Crew crew, TreeLinker linker, PrimaryTree tree) {
        this.crew = crew;
        this.linker = linker;
        this.tree = tree;
    }

    /** Fills the root of the tree, if the primary path is a directory; its metadata stay as they are. */
    void show(Directory root) throws IOException {
        Optional<Level> top = tree.top();
        if (top.isPresent()) {
            fill(top.get(), root.openBeneath(new byte[] {'.'}));
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
                    Directory from = tree.open(level)) {
                from.forEach((name, type, inode) -> {
                    if (!crew.stopped()) {
                        Optional<PrimaryTree.Shown> shown = tree.shown(from, level, name, type);
                        if (shown.isPresent()) {
                            show(from, name, type, shown.get());
                        }
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

        private void show(Directory from, byte[] name, FileType type, PrimaryTree.Shown shown) throws IOException {
            switch (shown) {
                case PrimaryTree.Shown.Below(Level below) -> {
                    linker.make(to, name);
                    made.add(new Made(name, below));
                }
                case PrimaryTree.Shown.Elsewhere(List<byte[]> place) -> {
                    try (Directory parent = tree.parent(place)) {
                        linker.showFile(parent, place.getLast(), FileType.REGULAR, to, name);
                    }
                }
                case PrimaryTree.Shown.Same() -> linker.showFile(from, name, type, to, name);
            }
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
}
