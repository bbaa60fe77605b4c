package dev.berth.store.local;

import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Hashes bytes in which a hash part stands for itself: each occurrence is hashed as NULs, and their positions behind the
 * end, {@code |} before each (libstore/references.cc, {@code HashModuloSink}). One thread.
 */
final class ModuloHasher extends OutputStream {
    private final HashAlgorithm algorithm;
    private final MessageDigest digest;
    private final byte[] wanted;
    private final List<Long> positions = new ArrayList<>();
    private final byte[] kept;
    private int keptLength;
    private long hashed;

    ModuloHasher(HashAlgorithm algorithm, String hashPart) {
        this.algorithm = algorithm;
        this.digest = algorithm.newDigest();
        this.wanted = hashPart.getBytes(StandardCharsets.US_ASCII);
        this.kept = new byte[(1 << 16) + wanted.length];
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        for (int done = 0; done < length; ) {
            int part = Math.min(length - done, kept.length - keptLength);
            System.arraycopy(bytes, offset + done, kept, keptLength, part);
            keptLength += part;
            done += part;
            scan(keptLength - wanted.length + 1);
        }
    }

    // Hashes all bytes before the end, at which an occurrence may start that is not complete yet.
    private void scan(int end) {
        int from = 0;
        for (int at = 0; at < end; at++) {
            if (kept[at] == wanted[0] && Arrays.equals(kept, at, at + wanted.length, wanted, 0, wanted.length)) {
                positions.add(hashed + at);
                Arrays.fill(kept, at, at + wanted.length, (byte) 0);
                at += wanted.length - 1;
            }
            from = at + 1;
        }
        digest.update(kept, 0, from);
        hashed += from;
        keptLength -= from;
        System.arraycopy(kept, from, kept, 0, keptLength);
    }

    /** The hashes that count, to be asked once: with the positions, and without as Nix 2.15 to 2.30 leave them out. */
    Set<Hash> hashes() {
        digest.update(kept, 0, keptLength);
        Hash without = Hash.of(algorithm, copy());
        for (long position : positions) {
            digest.update(("|" + position).getBytes(StandardCharsets.US_ASCII));
        }
        return new HashSet<>(List.of(without, Hash.of(algorithm, digest)));
    }

    private MessageDigest copy() {
        try {
            return (MessageDigest) digest.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("digest of " + algorithm.text() + " cannot be copied", e);
        }
    }
}
