package dev.berth.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Looks paths up as a process whose root is a directory would: links lead to places below that directory, {@code ..}
 * stops at it. For trees that nobody else changes meanwhile.
 */
final class RootPath {
    private static final int MAX_LINKS = 40;

    private RootPath() {}

    /** Where a path leads, whether the last part exists or not; empty if a part before is missing or there are too many links. */
    static Optional<Path> resolve(Path root, String path) throws IOException {
        return walk(root, path, false);
    }

    /** As {@link #resolve}, making the directories that are missing. */
    static Path makeDirectories(Path root, String path) throws IOException {
        Path made = walk(root, path, true).orElseThrow(() -> new IOException(path + ": too many levels of links"));
        if (!Files.isDirectory(made, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(made);
        }
        return made;
    }

    private static Optional<Path> walk(Path root, String path, boolean make) throws IOException {
        Deque<String> rest = new ArrayDeque<>(Paths.components(path));
        Path at = root;
        int links = 0;
        while (!rest.isEmpty()) {
            String part = rest.pop();
            if (part.equals("..")) {
                at = at.equals(root) ? root : parent(at);
                continue;
            }
            Path next = child(at, part);
            if (Files.isSymbolicLink(next)) {
                if (++links > MAX_LINKS) {
                    return Optional.empty();
                }
                String target = Files.readSymbolicLink(next).toString();
                at = target.startsWith("/") ? root : at;
                List<String> parts = Paths.components(target);
                parts.reversed().forEach(rest::push);
                continue;
            }
            if (!rest.isEmpty() && !Files.isDirectory(next, LinkOption.NOFOLLOW_LINKS)) {
                if (!make || Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
                    return make ? notADirectory(path) : Optional.empty();
                }
                Files.createDirectory(next);
            }
            at = next;
        }
        return Optional.of(at);
    }

    private static Optional<Path> notADirectory(String path) throws IOException {
        throw new IOException(path + ": a part of it is not a directory");
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    private static Path child(Path directory, String name) throws IOException {
        try {
            return directory.resolve(name);
        } catch (InvalidPathException e) {
            throw new IOException("'" + name + "' cannot be named under this locale: set LC_ALL=C.UTF-8", e);
        }
    }
}
