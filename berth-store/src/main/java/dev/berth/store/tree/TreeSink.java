package dev.berth.store.tree;

import dev.berth.linux.Directory;
import dev.berth.linux.LinuxException;
import dev.berth.linux.OpenFile;
import dev.berth.nix.nar.NarGrammar;
import dev.berth.nix.nar.NarSink;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes a tree of files with the metadata of store paths (libstore/posix-fs-canonicalise.cc): modes 0444 and 0555, time
 * of change 1, links included, owned by this process's user and group, without ACLs or extended attributes, whatever the
 * directory around it passes on. Used so:
 *
 * <pre>{@code
 * try (TreeSink sink = TreeSink.at(path, TreeOptions.DEFAULT)) {
 *     source.sendTo(sink);
 *     // here, check what must be right
 *     sink.complete();
 * }
 * }</pre>
 *
 * <p>Closing it without {@link #complete} removes everything it made. Every event may throw {@link StoreException}:
 * NO_SPACE if the disk or the quota is full, READ_ONLY, REFUSED if there is something at the path already, FAILED
 * otherwise; and IOException for events that break the invariant of {@link NarSink}. Files are made by name in open
 * directories and only where nothing is, so that no link leads a write outside of the tree. One thread.
 */
public final class TreeSink implements NarSink, AutoCloseable {
    private static final String DOING = "can't restore a tree";

    private final TreeLocation location;
    private final TreeOptions options;
    private final NarGrammar grammar = new NarGrammar();

    private @Nullable OpenPath path;
    private @Nullable OpenFile file;
    private byte[] name;
    private boolean executable;
    private boolean made;
    private boolean completed;

    /** Whether the umask takes from the modes of new files what they need. */
    private boolean masked;

    private TreeSink(TreeLocation location, TreeOptions options) {
        this.location = location;
        this.options = options;
        this.name = location.name();
    }

    /**
     * Makes a tree at a path, whose directory must exist and which must not.
     *
     * @throws StoreException if its directory can't be opened
     */
    public static TreeSink at(Path path, TreeOptions options) {
        return new TreeSink(TreeLocation.of(DOING, path), options);
    }

    /** As {@link #at}, by a name in a directory, which is the caller's and stays open until this is closed. */
    public static TreeSink in(Directory directory, byte[] name, TreeOptions options) {
        return new TreeSink(TreeLocation.in(directory, name.clone()), options);
    }

    @Override
    public void startDirectory() throws IOException {
        grammar.startDirectory();
        try {
            OpenPath path = this.path;
            if (path == null) {
                location.parent().makeDirectory(name, 0755);
                made = true;
                Directory root = location.parent().openDirectory(name);
                this.path = new OpenPath(root);
                masked = RootNode.adopt(location, root, 0755);
            } else {
                path.current().makeDirectory(name, 0755);
                path.enter(name);
                if (masked) {
                    path.current().setPermissions(0755);
                }
            }
        } catch (LinuxException e) {
            throw TreeErrors.of(DOING, e);
        }
    }

    @Override
    public void entry(byte[] name) throws IOException {
        grammar.entry(name);
        this.name = name.clone();
    }

    @Override
    public void endDirectory() throws IOException {
        grammar.endDirectory();
        OpenPath path = open();
        try {
            path.current().setPermissions(0555);
            path.current().setModified(Canonical.MODIFIED);
            if (path.depth() > 0) {
                path.leave();
            }
        } catch (LinuxException e) {
            throw TreeErrors.of(DOING, e);
        }
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        grammar.startFile(size);
        int permissions = Canonical.permissions(executable);
        try {
            OpenPath path = this.path;
            OpenFile file = (path == null ? location.parent() : path.current()).createFile(name, permissions);
            this.file = file;
            this.executable = executable;
            if (path == null) {
                made = true;
                masked = RootNode.adopt(location, file, permissions);
            }
            if (options.preallocate()) {
                file.allocate(size);
            }
        } catch (LinuxException e) {
            throw TreeErrors.of(DOING, e);
        }
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        grammar.contents(length);
        try {
            openFile().write(buffer, offset, length);
        } catch (LinuxException e) {
            throw TreeErrors.of(DOING, e);
        }
    }

    @Override
    public void endFile() throws IOException {
        grammar.endFile();
        try (OpenFile file = openFile()) {
            this.file = null;
            if (masked) {
                file.setPermissions(Canonical.permissions(executable));
            }
            file.setModified(Canonical.MODIFIED);
        } catch (LinuxException e) {
            throw TreeErrors.of(DOING, e);
        }
    }

    @Override
    public void symlink(byte[] target) throws IOException {
        grammar.symlink(target);
        try {
            OpenPath path = this.path;
            Directory directory = path == null ? location.parent() : path.current();
            directory.symlink(target, name);
            if (path == null) {
                made = true;
                RootNode.adoptLink(location);
            }
            directory.setModified(name, Canonical.MODIFIED);
        } catch (LinuxException e) {
            throw TreeErrors.of(DOING, e);
        }
    }

    /**
     * Keeps the tree; after {@link TreeOptions#sync} it is on the disk, its name in its directory included.
     *
     * @throws IllegalStateException if the tree is not complete
     */
    public void complete() {
        if (!grammar.isComplete()) {
            throw new IllegalStateException("the tree is not complete");
        }
        if (options.sync()) {
            try {
                location.parent().syncFileSystem();
            } catch (LinuxException e) {
                throw TreeErrors.of(DOING, e);
            }
        }
        completed = true;
    }

    /** Frees what it holds, and removes what it made unless it is complete. */
    @Override
    public void close() {
        try (location) {
            try {
                release();
            } finally {
                if (made && !completed) {
                    made = false;
                    TreeRemoval.remove(location.parent(), location.name());
                }
            }
        } catch (LinuxException e) {
            throw TreeErrors.of(DOING, e);
        }
    }

    private void release() throws LinuxException {
        OpenFile file = this.file;
        OpenPath path = this.path;
        this.file = null;
        this.path = null;
        try {
            if (file != null) {
                file.close();
            }
        } finally {
            if (path != null) {
                path.close();
            }
        }
    }

    private OpenPath open() {
        OpenPath path = this.path;
        if (path == null) {
            throw new IllegalStateException("closed");
        }
        return path;
    }

    private OpenFile openFile() {
        OpenFile file = this.file;
        if (file == null) {
            throw new IllegalStateException("closed");
        }
        return file;
    }
}
