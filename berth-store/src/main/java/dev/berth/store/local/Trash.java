package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.store.tree.TreeRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes files out of the store. A tree goes first to a name that belongs to no path, in one step, and is removed then;
 * every collection, Nix's too, removes such names.
 */
final class Trash {
    private static final Logger LOG = LoggerFactory.getLogger(Trash.class);
    private static final String PREFIX = ".trash-";
    // As Nix names the directories that it works in: <prefix>-<pid>-<number>.
    private static final Pattern OWNED = Pattern.compile("[a-z]+-([0-9]{1,9})-[0-9]+");

    private final Directory store;
    private final Path proc = Path.of("/proc");
    private final Deque<String> taken = new ArrayDeque<>();
    private long freed;

    Trash(Opened opened) {
        this.store = opened.files().directory();
    }

    /** Bytes that were freed. */
    long freed() {
        return freed;
    }

    /** Whether nobody holds the lock of one of these, as somebody does who writes it. */
    boolean mayTake(Collection<StorePath> paths) {
        try {
            for (StorePath path : paths) {
                byte[] lock = Names.bytes(path.baseName() + ".lock");
                byte[] own = Names.bytes(path.baseName());
                if (isHeld(lock) || (path.baseName().endsWith(".lock") && isHeld(own))) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw Failure.of("looking for locks", e);
        }
    }

    private boolean isHeld(byte[] lock) throws IOException {
        if (store.statIfExists(lock).isEmpty()) {
            return false;
        }
        Optional<PathLock> taken = PathLock.tryTake(store, lock);
        taken.ifPresent(PathLock::close);
        return taken.isEmpty();
    }

    /** Renames the files of paths that are not valid any more. */
    void take(Collection<StorePath> paths) {
        for (StorePath path : paths) {
            String gone = PREFIX + path.baseName();
            try {
                TreeRemoval.remove(store, Names.bytes(gone));
                store.rename(Names.bytes(path.baseName()), store, Names.bytes(gone), Directory.Rename.REPLACE);
                taken.add(gone);
            } catch (LinuxException e) {
                if (!e.is(Errno.ENOENT)) {
                    throw Failure.of("deleting '" + path + "'", e);
                }
            }
        }
    }

    /** Removes what was renamed. */
    void empty() {
        while (!taken.isEmpty()) {
            freed += TreeRemoval.remove(store, Names.bytes(taken.pop()));
        }
    }

    /** Removes a name that can be no store path's, unless its owner may live. */
    void removeStray(byte[] name) throws IOException {
        Matcher owned = OWNED.matcher(Names.show(name));
        if (owned.matches() && Files.exists(proc.resolve(owned.group(1)))) {
            LOG.info("leaving '{}': process {} may use it", Names.show(name), owned.group(1));
            return;
        }
        try {
            freed += TreeRemoval.remove(store, name);
        } catch (StoreException e) {
            LOG.warn("leaving '{}': {}", Names.show(name), e.getMessage());
        }
    }

    /** Removes the files of {@code .links} that no path has any more. */
    void removeUnusedLinks() throws IOException {
        byte[] name = Names.bytes(".links");
        if (store.statIfExists(name).isEmpty()) {
            return;
        }
        try (Directory links = store.openDirectory(name)) {
            List<byte[]> unused = new ArrayList<>();
            links.forEach((link, type, inode) -> unused.add(link));
            for (byte[] link : unused) {
                var stat = links.statIfExists(link);
                if (stat.isPresent() && stat.get().links() == 1) {
                    links.unlink(link);
                    freed += stat.get().size();
                }
            }
        }
    }
}
