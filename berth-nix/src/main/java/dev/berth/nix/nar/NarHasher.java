package dev.berth.nix.nar;

import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import java.io.OutputStream;
import java.security.MessageDigest;

/** Hashes the NAR of a tree without keeping it. One thread. */
public final class NarHasher extends PassingSink {
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
        this(algorithm, algorithm.newDigest());
    }

    private NarHasher(HashAlgorithm algorithm, MessageDigest digest) {
        this(algorithm, digest, new NarWriter(new DigestStream(digest)));
    }

    private NarHasher(HashAlgorithm algorithm, MessageDigest digest, NarWriter writer) {
        super(writer);
        this.algorithm = algorithm;
        this.digest = digest;
        this.writer = writer;
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
