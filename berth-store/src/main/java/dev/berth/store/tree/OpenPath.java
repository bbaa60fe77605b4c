package dev.berth.store.tree;

import dev.berth.linux.Directory;
import dev.berth.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The open directories from the root of a tree to where a walk is. Of a deep path only the root and the innermost
 * directories stay open; the others are found again by their names on the way back.
 */
final class OpenPath implements AutoCloseable {
    /** How many directories are open at most, apart from the root and while some are found again. */
    static final int HELD = 48;

    /** From the root on; null where closed. */
    private final List<@Nullable Directory> levels = new ArrayList<>();

    /** The name of each level but the root in the one before. */
    private final List<byte[]> names = new ArrayList<>();

    /** @param root closed by this */
    OpenPath(Directory root) {
        levels.add(root);
    }

    /** The innermost directory. */
    Directory current() {
        Directory current = levels.getLast();
        if (current == null) {
            throw new IllegalStateException("the innermost directory is always open");
        }
        return current;
    }

    /** The name of the innermost directory in the one before; none for the root. */
    byte[] name() {
        return names.getLast();
    }

    /** 0 at the root. */
    int depth() {
        return names.size();
    }

    /** Opens a directory of the innermost one, not following a link. The array must not change. */
    void enter(byte[] name) throws LinuxException {
        Directory next = current().openDirectory(name);
        levels.add(next);
        names.add(name);
        int old = levels.size() - 1 - HELD;
        if (old > 0) {
            close(old);
        }
    }

    /** Goes back to the directory before. */
    void leave() throws LinuxException {
        int last = levels.size() - 1;
        close(last);
        levels.removeLast();
        names.removeLast();
        if (levels.getLast() == null) {
            reopen();
        }
    }

    // From the root down again, keeping as many open as may be: once for every HELD levels on the way back.
    private void reopen() throws LinuxException {
        for (int i = 1; i < levels.size(); i++) {
            Directory before = levels.get(i - 1);
            if (before == null) {
                throw new IllegalStateException("directories are opened one after the other");
            }
            levels.set(i, before.openDirectory(names.get(i - 1)));
            if (i - HELD > 0) {
                close(i - HELD);
            }
        }
    }

    private void close(int level) throws LinuxException {
        Directory directory = levels.get(level);
        levels.set(level, null);
        if (directory != null) {
            directory.close();
        }
    }

    @Override
    public void close() throws LinuxException {
        for (int i = levels.size() - 1; i >= 0; i--) {
            close(i);
        }
    }
}
