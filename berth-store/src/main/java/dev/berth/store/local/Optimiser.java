package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.nix.HashFormat;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.store.tree.TreeFiles;
import dev.berth.store.tree.TreeSource;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes files and symbolic links of one content hard links to one file in {@code .links}, which is named by the hash of
 * its NAR in base 32 (libstore/optimise-store.cc). Nix and others may do the same at the same time, and collections remove
 * what has no other link: whatever is gone when it is needed is looked for again. One thread.
 */
final class Optimiser implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Optimiser.class);
    private static final int ATTEMPTS = 5;
    private static final int OWNER_WRITES = 0200;
    private static final int DIRECTORY = 0555;

    private final Directory store;
    private final Directory links;
    private final InodeSet linked = new InodeSet();
    private OptimiseResult result = new OptimiseResult(0, 0);

    private Optimiser(Directory store, Directory links) {
        this.store = store;
        this.links = links;
    }

    /**
     * Opens the directory of links.
     *
     * @param everything whether to remember what is linked already, which pays for more than a few paths
     */
    static Optimiser open(Opened opened, boolean everything) throws IOException {
        Directory store = opened.files().directory();
        Optimiser optimiser = new Optimiser(store, store.openDirectory(Names.bytes(".links")));
        if (everything) {
            optimiser.links.forEach((name, type, inode) -> optimiser.linked.add(inode));
        }
        return optimiser;
    }

    /** What was done so far. */
    OptimiseResult result() {
        return result;
    }

    /** Links the files of a path that is protected from collections. */
    void path(StorePath path) throws IOException {
        TreeFiles.visit(store, Names.bytes(path.baseName()), this::file);
    }

    private void file(Directory directory, byte[] name, FileType type, long inode) throws IOException {
        if ((type != FileType.REGULAR && type != FileType.SYMLINK) || linked.contains(inode)) {
            return;
        }
        FileStat stat = directory.stat(name);
        if (type == FileType.REGULAR && (stat.permissions() & OWNER_WRITES) != 0) {
            LOG.warn("skipping suspicious writable file '{}/{}'", directory, Names.show(name));
            return;
        }
        NarHasher hasher = new NarHasher();
        TreeSource.tell(directory, name, hasher);
        byte[] link = Names.bytes(hasher.hash().format(HashFormat.NIX32, false));
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (share(directory, name, stat, link)) {
                return;
            }
        }
        LOG.info("leaving '{}/{}': others change its link all the time", directory, Names.show(name));
    }

    /** Makes the file and its link one; false if the link went meanwhile. */
    private boolean share(Directory directory, byte[] name, FileStat stat, byte[] link) throws IOException {
        Optional<FileStat> known = links.statIfExists(link);
        if (known.isPresent() && known.get().size() != stat.size()) {
            LOG.warn(
                    "removing corrupted link '{}/{}': there may be more; verify the store's contents with repair",
                    links,
                    Names.show(link));
            unlinkIfThere(links, link);
            known = Optional.empty();
        }
        if (known.isEmpty()) {
            Optional<Errno> failure = directory.tryLink(name, links, link);
            if (failure.isEmpty()) {
                linked.add(stat.inode());
                return true;
            }
            if (failure.get().equals(Errno.EEXIST)) {
                return false;
            }
            // ext4's directory may be full, and the file may have as many links as it can: then it stays as it is.
            if (failure.get().equals(Errno.ENOSPC) || failure.get().equals(Errno.EMLINK)) {
                LOG.info(
                        "cannot link '{}' to '{}/{}': {}",
                        Names.show(link),
                        directory,
                        Names.show(name),
                        failure.get());
                return true;
            }
            throw new LinuxException(failure.get(), "linkat", directory + "/" + Names.show(name) + " to " + links);
        }
        if (known.get().inode() == stat.inode()) {
            linked.add(stat.inode());
            return true;
        }
        return replace(directory, name, stat, link);
    }

    // Every new name of the file comes by way of a name in the store dir, so that there is always one file of that
    // name.
    private boolean replace(Directory directory, byte[] name, FileStat stat, byte[] link) throws IOException {
        byte[] part = Names.bytes(".tmp-link-" + ProcessHandle.current().pid() + "-"
                + ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
        Optional<Errno> failure = links.tryLink(link, store, part);
        if (failure.isPresent()) {
            if (failure.get().equals(Errno.EMLINK)) {
                return hasMostLinks(stat, link);
            }
            if (failure.get().equals(Errno.ENOENT) || failure.get().equals(Errno.EEXIST)) {
                return false;
            }
            throw new LinuxException(failure.get(), "linkat", links + "/" + Names.show(link) + " to " + store);
        }
        boolean inStore = directory == store;
        try {
            if (!inStore) {
                directory.setPermissions(directory.stat().permissions() | OWNER_WRITES);
            }
            store.rename(part, directory, name, Directory.Rename.REPLACE);
            result = result.plus(new OptimiseResult(1, stat.size()));
            return true;
        } catch (LinuxException e) {
            if (e.is(Errno.EMLINK)) {
                return hasMostLinks(stat, link);
            }
            // A collection takes names like the one on the way for leftovers.
            if (e.is(Errno.ENOENT)) {
                return false;
            }
            throw e;
        } finally {
            // Renaming one link of a file to another of the same file does nothing at all.
            unlinkIfThere(store, part);
            if (!inStore) {
                directory.setPermissions(DIRECTORY);
                directory.setModified(1);
            }
        }
    }

    private boolean hasMostLinks(FileStat stat, byte[] link) {
        if (stat.size() > 0) {
            LOG.info("'{}/{}' has maximum number of links", links, Names.show(link));
        }
        return true;
    }

    private static void unlinkIfThere(Directory directory, byte[] name) throws LinuxException {
        try {
            directory.unlink(name);
        } catch (LinuxException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
    }

    @Override
    public void close() throws LinuxException {
        links.close();
    }
}
