package dev.berth.gateway.ssh;

import dev.berth.gateway.Role;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of authorized keys. It is looked at when somebody logs in, and read again if it changed; while it is broken or
 * gone, the keys that it last had count. Any thread.
 */
final class KeyFile {
    private static final Logger LOG = LoggerFactory.getLogger(KeyFile.class);
    private static final long MAX_SIZE = 16 << 20;
    // A file may change twice within one tick of its time stamp: a young one is read again.
    private static final Duration YOUNG = Duration.ofSeconds(2);

    /** What a file looked like when it was read. */
    private record Stamp(
            FileTime modified, long size, @Nullable Object file, boolean young) {}

    private final Path path;
    private final Role usual;
    private @Nullable Stamp stamp;
    private @Nullable String complaint;
    private AuthorizedKeys keys;

    /**
     * Reads the file.
     *
     * @param usual the role of keys that name none
     * @throws IOException if it can't be read, or is broken: in a line that says where
     */
    KeyFile(Path path, Role usual) throws IOException {
        this.path = path;
        this.usual = usual;
        this.stamp = look();
        this.keys = read();
    }

    /** The entry of a key as the file is now. */
    synchronized Optional<AuthorizedKeys.Entry> find(PublicKey key) {
        refresh();
        return keys.find(key);
    }

    /** How many keys may log in. */
    synchronized int size() {
        return keys.size();
    }

    private void refresh() {
        Stamp now = null;
        try {
            now = look();
            Stamp before = stamp;
            if (before != null && !before.young() && now.equals(before)) {
                return;
            }
            AuthorizedKeys next = read();
            if (complaint != null || before == null || !sameFile(now, before)) {
                LOG.info("{} changed: {} keys may log in", path, next.size());
            }
            keys = next;
            complaint = null;
        } catch (IOException e) {
            // Once a cause, not once a login.
            String message = String.valueOf(e.getMessage());
            if (!message.equals(complaint)) {
                LOG.error("{}; the {} keys that it had before go on to count", message, keys.size());
                complaint = message;
            }
        }
        stamp = now;
    }

    private static boolean sameFile(Stamp a, Stamp b) {
        return a.modified().equals(b.modified()) && a.size() == b.size();
    }

    private Stamp look() throws IOException {
        try {
            BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
            FileTime modified = found.lastModifiedTime();
            boolean young = modified.toInstant().isAfter(Instant.now().minus(YOUNG));
            return new Stamp(modified, found.size(), found.fileKey(), young);
        } catch (NoSuchFileException e) {
            throw new IOException("the authorized keys " + path + " do not exist", e);
        }
    }

    private AuthorizedKeys read() throws IOException {
        if (Files.size(path) > MAX_SIZE) {
            throw new IOException(path + " is larger than " + MAX_SIZE + " bytes: too large for authorized keys");
        }
        try {
            return AuthorizedKeys.parse(Files.readAllLines(path), usual);
        } catch (CharacterCodingException e) {
            throw new IOException(path + " is not UTF-8: no authorized keys", e);
        } catch (IllegalArgumentException e) {
            throw new IOException(path + ", " + e.getMessage(), e);
        }
    }
}
