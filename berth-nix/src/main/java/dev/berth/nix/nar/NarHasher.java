package dev.berth.nix.nar;

import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;

/** Hashes the NAR of a tree without keeping it. One thread. */
public final class NarHasher implements NarSink {
    private final HashAlgorithm algorithm;
    private final MessageDigest digest;
    private final NarWriter writer;

    /** With SHA-256, as NAR hashes are. */
    public NarHasher() {
        this(HashAlgorithm.SHA256);
    }

    /**
     * With the algorithm of a content address.
     *
     * @throws UnsupportedOperationException for BLAKE3
     */
    public NarHasher(HashAlgorithm algorithm) {
        this.algorithm = algorithm;
        this.digest = algorithm.newDigest();
        this.writer = new NarWriter(new DigestStream(digest));
    }

    /**
     * The hash of the NAR; to be asked once.
     *
     * @throws IllegalStateException if the tree is not complete
     */
    public Hash hash() {
        if (!writer.isComplete()) {
            throw new IllegalStateException("the tree is not complete");
        }
        return Hash.of(algorithm, digest);
    }

    /** The size of the NAR in bytes, as far as it has come. */
    public long size() {
        return writer.size();
    }

    @Override
    public void startDirectory() throws IOException {
        writer.startDirectory();
    }

    @Override
    public void entry(byte[] name) throws IOException {
        writer.entry(name);
    }

    @Override
    public void endDirectory() throws IOException {
        writer.endDirectory();
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        writer.startFile(executable, size);
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        writer.contents(buffer, offset, length);
    }

    @Override
    public void endFile() throws IOException {
        writer.endFile();
    }

    @Override
    public void symlink(byte[] target) throws IOException {
        writer.symlink(target);
    }

    private static final class DigestStream extends OutputStream {
        private final MessageDigest digest;

        DigestStream(MessageDigest digest) {
            this.digest = digest;
        }

        @Override
        public void write(int b) {
            digest.update((byte) b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            digest.update(bytes, offset, length);
        }
    }
}
