package dev.berth.store.local;

import dev.berth.nix.FormatException;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.HashFormat;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lasting roots of garbage collection as Nix keeps them: symbolic links in {@code gcroots} and {@code profiles}, to
 * store paths or to links elsewhere that point to store paths (libstore/gc.cc). Any thread.
 */
public final class GcRoots {
    private static final Logger LOG = LoggerFactory.getLogger(GcRoots.class);

    private final LocalStoreConfig config;
    private final Path roots;
    private final Path auto;

    GcRoots(LocalStoreConfig config) {
        this.config = config;
        this.roots = config.stateDir().resolve("gcroots");
        this.auto = roots.resolve("auto");
    }

    /**
     * Makes {@code link} a symbolic link to a path and registers it, so that the path is alive as long as the link is
     * there. A link to a store path is replaced at once, anything else is not.
     *
     * @param link absolute, outside of the store
     * @throws StoreException of kind {@code REFUSED} if it lies in the store or something else is there
     */
    public void addPermanent(StorePath path, Path link) {
        Path at = link.toAbsolutePath().normalize();
        if (isInStore(at.toString()) || at.startsWith(config.realStoreDir())) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "creating a garbage collector root ('" + at
                            + "') in the Nix store is forbidden: make it elsewhere");
        }
        try {
            if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)
                    && !(Files.isSymbolicLink(at)
                            && isInStore(Files.readSymbolicLink(at).toString()))) {
                throw new StoreException(
                        StoreException.Kind.REFUSED,
                        "cannot create symlink '" + at + "'; already exists and is no link to a store path");
            }
            makeLink(at, Path.of(config.storeDir().print(path)));
            if (!at.startsWith(roots) && !at.startsWith(config.stateDir().resolve("profiles"))) {
                addIndirect(at);
            }
        } catch (IOException e) {
            throw Failure.of("making root '" + at + "'", e);
        }
    }

    /**
     * Registers a link made by others, to a store path: {@code gcroots/auto/<hash>} will point to it, named by the
     * SHA-1 of its path.
     *
     * @param link absolute
     */
    public void addIndirect(Path link) {
        Path at = link.toAbsolutePath().normalize();
        java.security.MessageDigest digest = HashAlgorithm.SHA1.newDigest();
        digest.update(at.toString().getBytes(StandardCharsets.UTF_8));
        String name = Hash.of(HashAlgorithm.SHA1, digest).format(HashFormat.NIX32, false);
        try {
            makeLink(auto.resolve(name), at);
        } catch (IOException e) {
            throw Failure.of("registering root '" + at + "'", e);
        }
    }

    private static void makeLink(Path link, Path target) throws IOException {
        Files.createDirectories(link.getParent());
        Path part = link.resolveSibling(link.getFileName() + ".tmp-"
                + ProcessHandle.current().pid() + "-"
                + ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
        Files.createSymbolicLink(part, target);
        boolean done = false;
        try {
            Files.move(part, link, StandardCopyOption.ATOMIC_MOVE);
            done = true;
        } finally {
            if (!done) {
                Files.deleteIfExists(part);
            }
        }
    }

    private boolean isInStore(String target) {
        return config.storeDir().contains(target);
    }

    /** Every store path that a link leads to, valid or not, with those links. Changes nothing. */
    Map<StorePath, Set<String>> find() {
        try {
            return find(false);
        } catch (IOException e) {
            throw Failure.of("looking for the roots of " + config.uri(), e);
        }
    }

    /**
     * Every store path that a link leads to, valid or not, with those links.
     *
     * @param removeStale whether to remove links in {@code gcroots/auto} whose targets are gone
     */
    Map<StorePath, Set<String>> find(boolean removeStale) throws IOException {
        Map<StorePath, Set<String>> found = new HashMap<>();
        look(roots, removeStale, found);
        look(config.stateDir().resolve("profiles"), removeStale, found);
        return found;
    }

    // What may not be read or goes away meanwhile is no root; any other failure leaves doubt and ends the search.
    private void look(Path path, boolean removeStale, Map<StorePath, Set<String>> found) throws IOException {
        try {
            if (Files.isSymbolicLink(path)) {
                link(path, removeStale, found);
            } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
                    for (Path entry : entries) {
                        look(entry, removeStale, found);
                    }
                } catch (DirectoryIteratorException e) {
                    throw e.getCause();
                }
            } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                StoreNames.parse(String.valueOf(path.getFileName())).ifPresent(root -> add(found, root, path));
            }
        } catch (NoSuchFileException | AccessDeniedException | NotDirectoryException e) {
            LOG.info("cannot read potential root '{}': {}", path, e.toString());
        }
    }

    private void link(Path path, boolean removeStale, Map<StorePath, Set<String>> found) throws IOException {
        Path target = Files.readSymbolicLink(path);
        if (isInStore(target.toString())) {
            storePath(target.toString()).ifPresent(root -> add(found, root, path));
            return;
        }
        Path indirect = path.resolveSibling(target).normalize();
        if (Files.isSymbolicLink(indirect)) {
            String second = Files.readSymbolicLink(indirect).toString();
            if (isInStore(second)) {
                storePath(second).ifPresent(root -> add(found, root, indirect));
            }
        } else if (removeStale && path.startsWith(auto) && Files.notExists(indirect, LinkOption.NOFOLLOW_LINKS)) {
            LOG.info("removing stale root '{}', which led to '{}'", path, indirect);
            Files.deleteIfExists(path);
        }
    }

    private Optional<StorePath> storePath(String target) {
        try {
            return Optional.of(config.storeDir().parseSubPath(target).storePath());
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    private static void add(Map<StorePath, Set<String>> found, StorePath root, Path link) {
        found.computeIfAbsent(root, key -> new HashSet<>()).add(link.toString());
    }
}
