package dev.berth.nix.nar;

import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/**
 * Hashes and counts the bytes that are read through it: below a {@link NarReader} it gives the NAR hash and size at less
 * cost than a {@link NarHasher} behind it, as a NAR has one form only. Closing it closes the stream. One thread.
 */
public final class HashingInputStream extends FilterInputStream {
    private final HashAlgorithm algorithm;
    private final MessageDigest digest;
    private long size;

    /** Hashes with SHA-256. */
    public HashingInputStream(InputStream in) {
        this(in, HashAlgorithm.SHA256);
    }

    /** @throws UnsupportedOperationException for BLAKE3 */
    public HashingInputStream(InputStream in, HashAlgorithm algorithm) {
        super(in);
        this.algorithm = algorithm;
        this.digest = algorithm.newDigest();
    }

    /** The hash of all bytes read; to be asked once. */
    public Hash hash() {
        return Hash.of(algorithm, digest);
    }

    /** The number of bytes read. */
    public long size() {
        return size;
    }

    @Override
    public int read() throws IOException {
        int b = in.read();
        if (b >= 0) {
            digest.update((byte) b);
            size++;
        }
        return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = in.read(buffer, offset, length);
        if (count > 0) {
            digest.update(buffer, offset, count);
            size += count;
        }
        return count;
    }

    /** Reads and hashes what is skipped. */
    @Override
    public long skip(long count) throws IOException {
        byte[] buffer = new byte[(int) Math.min(8192, Math.max(0, count))];
        long left = count;
        while (left > 0) {
            int read = read(buffer, 0, (int) Math.min(left, buffer.length));
            if (read < 0) {
                break;
            }
            left -= read;
        }
        return count - left;
    }

    /** False: bytes must be hashed once. */
    @Override
    public boolean markSupported() {
        return false;
    }

    @Override
    public synchronized void mark(int limit) {}

    @Override
    public synchronized void reset() throws IOException {
        throw new IOException("mark is not supported");
    }
}
