package dev.berth.store.tree;

import dev.berth.linux.Directory;
import dev.berth.linux.Entry;
import dev.berth.linux.FileType;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/** Visits the files of a tree in the order of their names, with the directories that hold them open. */
public final class TreeFiles {
    private TreeFiles() {}

    /** Is shown everything but directories. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * Takes one file.
         *
         * @param directory where it is, open for the call only
         * @param name not a copy, not to be changed
         * @param inode its number, as the directory was read
         */
        void file(Directory directory, byte[] name, FileType type, long inode) throws IOException;
    }

    /**
     * Visits what is called {@code name} if it is no directory, else all below it. The visitor may replace the file that it
     * is shown.
     *
     * @throws IOException if the visitor throws it, or the tree cannot be read
     */
    public static void visit(Directory parent, byte[] name, Visitor visitor) throws IOException {
        var stat = parent.stat(name);
        if (stat.type() != FileType.DIRECTORY) {
            visitor.file(parent, name, stat.type(), stat.inode());
            return;
        }
        try (OpenPath path = new OpenPath(parent.openDirectory(name))) {
            below(path, visitor);
        }
    }

    private static void below(OpenPath path, Visitor visitor) throws IOException {
        Deque<Iterator<Entry>> open = new ArrayDeque<>();
        open.push(path.current().entries().iterator());
        while (true) {
            Iterator<Entry> entries = open.element();
            if (entries.hasNext()) {
                Entry entry = entries.next();
                if (entry.type() == FileType.DIRECTORY) {
                    path.enter(entry.name());
                    open.push(path.current().entries().iterator());
                } else {
                    visitor.file(path.current(), entry.name(), entry.type(), entry.inode());
                }
            } else if (path.depth() == 0) {
                return;
            } else {
                open.pop();
                path.leave();
            }
        }
    }
}
