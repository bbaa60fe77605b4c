package dev.berth.gateway.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of tokens, one a line; empty lines and those that begin with {@code #} are passed over. It is read again when it
 * changes; one that is gone or broken keeps the tokens that counted before, and an error is logged. Any thread.
 */
final class TokenFile {
    private static final Logger LOG = LoggerFactory.getLogger(TokenFile.class);
    private static final long LOOK_NANOS = 1_000_000_000L;
    private static final int MAX_SIZE = 1 << 20;

    private final Path file;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile Read read;

    /** Of the tokens only their hashes are kept, which have one length. */
    private record Read(List<byte[]> hashes, State state, long until) {}

    private record State(FileTime modified, long size) {}

    /** @throws IOException if it cannot be read, or a line can be no token */
    TokenFile(Path file) throws IOException {
        this.file = file;
        this.read = read(state());
    }

    private State state() throws IOException {
        return new State(Files.getLastModifiedTime(file), Files.size(file));
    }

    private Read read(State state) throws IOException {
        if (state.size() > MAX_SIZE) {
            throw new IOException("the token file '" + file + "' is longer than " + MAX_SIZE + " bytes");
        }
        List<byte[]> hashes = new ArrayList<>();
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            String token = line.strip();
            if (token.isEmpty() || token.startsWith("#")) {
                continue;
            }
            if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
                throw new IOException("the token file '" + file + "' has in line " + number
                        + " what is no token: a token has neither spaces nor characters outside of ASCII");
            }
            hashes.add(hash(token));
        }
        return new Read(List.copyOf(hashes), state, System.nanoTime() + LOOK_NANOS);
    }

    /** Whether what is known was looked at just now, so that {@link #holds} need not touch the disk. */
    boolean isFresh() {
        return System.nanoTime() - read.until() < 0;
    }

    /** Looks whether the file has changed, if nobody did just now. */
    void refresh() {
        if (isFresh() || !reading.tryLock()) {
            return;
        }
        try {
            State now = state();
            read = now.equals(read.state()) ? new Read(read.hashes(), now, System.nanoTime() + LOOK_NANOS) : read(now);
        } catch (IOException e) {
            LOG.error("the tokens that counted before still count: {}", e.toString());
            read = new Read(read.hashes(), read.state(), System.nanoTime() + LOOK_NANOS);
        } finally {
            reading.unlock();
        }
    }

    /** Whether it holds a token; takes as long for a wrong one as for a right one. */
    boolean holds(String token) {
        byte[] presented = hash(token);
        boolean found = false;
        for (byte[] hash : read.hashes()) {
            found |= MessageDigest.isEqual(hash, presented);
        }
        return found;
    }

    private static byte[] hash(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no SHA-256", e);
        }
    }
}
