package dev.berth.nix.nar;

import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Map;

/**
 * Hashes bytes modulo a hash part: each occurrence counts as 32 zero bytes, so that a content-addressed path can hold its
 * own path (HashModuloSink in libutil/references.cc). For a tree, put a {@link NarWriter} before it. One thread.
 *
 * <p>Nix has two ways to end the hash, which differ where the hash part occurs: versions before 2.17 and from 2.35 on
 * also hash where the occurrences are; those between forgot to, by accident (NixOS/nix issue 15837). Both kinds of paths
 * are about: new ones are made with positions, and either is right when a path is checked.
 */
public final class ModuloHasher extends OutputStream {
    /** The most occurrences that are kept, against bytes made of nothing else. */
    public static final int MOST = 1 << 20;

    private final HashAlgorithm algorithm;
    private final MessageDigest digest;
    private final HashPartRewriter rewriter;
    private long[] positions = new long[8];
    private int count;
    private long size;

    /**
     * @param algorithm of the content address
     * @param hashPart 32 digits of the path that may occur in itself
     */
    public ModuloHasher(HashAlgorithm algorithm, String hashPart) {
        this.algorithm = algorithm;
        this.digest = algorithm.newDigest();
        this.rewriter = new HashPartRewriter(Map.of(hashPart, new byte[HashParts.LENGTH]), this::found);
    }

    /**
     * Both hashes of all that was written.
     *
     * @param withPositions as Nix makes them before 2.17 and from 2.35 on
     * @param withoutPositions as Nix makes them between; equal to the first if the hash part does not occur
     */
    public record Hashes(Hash withPositions, Hash withoutPositions) {}

    /** Ends the hash; to be asked once. */
    public Hashes hashes() {
        try {
            rewriter.end(digest::update);
            MessageDigest plain = (MessageDigest) digest.clone();
            for (int i = 0; i < count; i++) {
                digest.update(("|" + positions[i]).getBytes(StandardCharsets.US_ASCII));
            }
            return new Hashes(Hash.of(algorithm, digest), Hash.of(algorithm, plain));
        } catch (IOException | CloneNotSupportedException e) {
            throw new IllegalStateException("a digest of this Java runtime failed", e);
        }
    }

    /** The number of bytes written. */
    public long size() {
        return size;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        rewriter.write(bytes, offset, length, digest::update);
        size += length;
    }

    private void found(long position) throws NarException {
        if (count == MOST) {
            throw new NarException("a path refers to itself more than " + MOST + " times");
        }
        if (count == positions.length) {
            positions = Arrays.copyOf(positions, count * 2);
        }
        positions[count++] = position;
    }
}
