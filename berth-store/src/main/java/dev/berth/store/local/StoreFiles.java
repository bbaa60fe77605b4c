package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.TeeSink;
import dev.berth.store.StoreException;
import dev.berth.store.tree.Canonicalisation;
import dev.berth.store.tree.TreeOptions;
import dev.berth.store.tree.TreeRemoval;
import dev.berth.store.tree.TreeSink;
import dev.berth.store.tree.TreeSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The trees in the real store dir, by base name. */
final class StoreFiles {
    private static final Logger LOG = LoggerFactory.getLogger(StoreFiles.class);

    private final Path path;
    private final Directory store;

    StoreFiles(Path path, Directory store) {
        this.path = path;
        this.store = store;
    }

    Directory directory() {
        return store;
    }

    boolean exists(String baseName) throws LinuxException {
        return store.statIfExists(Names.bytes(baseName)).isPresent();
    }

    /** Writes a tree with canonical metadata, and tells it to the checks as well. Leaves nothing if it fails. */
    void write(String baseName, NarSource nar, NarSink checks) throws IOException {
        try (TreeSink sink = TreeSink.in(store, Names.bytes(baseName), TreeOptions.DEFAULT)) {
            nar.sendTo(new TeeSink(sink, checks));
            sink.complete();
        }
    }

    /**
     * Writes a file of these bytes, which is not executable, with canonical metadata. Leaves nothing if it fails.
     *
     * @param checks gets the bytes as well
     */
    void writeFile(String baseName, InputStream bytes, MessageDigest checks) throws IOException {
        byte[] buffer = new byte[1 << 16];
        boolean done = false;
        // Of unknown size, unlike those in a NAR: what else makes it canonical is done behind its contents.
        try (OpenFile file = store.createFile(Names.bytes(baseName), 0600)) {
            for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
                file.write(buffer, 0, n);
                checks.update(buffer, 0, n);
            }
            Canonicalisation.apply(path.resolve(baseName));
            done = true;
        } finally {
            if (!done) {
                removeQuietly(baseName);
            }
        }
    }

    /** Tells a tree. */
    void dump(String baseName, NarSink sink) throws IOException {
        TreeSource.in(store, Names.bytes(baseName)).sendTo(sink);
    }

    /** Removes a tree if it is there; the bytes of the files whose last hard link went. */
    long remove(String baseName) {
        return TreeRemoval.remove(store, Names.bytes(baseName));
    }

    /** Removes what a failed addition has written; the failure itself is what the caller hears of. */
    void removeQuietly(String baseName) {
        try {
            remove(baseName);
        } catch (StoreException e) {
            LOG.warn("removing what was written of '{}': {}", baseName, e.getMessage());
        }
    }
}
