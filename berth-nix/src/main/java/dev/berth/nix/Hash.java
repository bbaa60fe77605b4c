package dev.berth.nix;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/** A hash with its algorithm. Immutable. */
public final class Hash implements Comparable<Hash> {
    private final HashAlgorithm algorithm;
    private final byte[] bytes;

    private Hash(HashAlgorithm algorithm, byte[] bytes) {
        if (bytes.length != algorithm.size()) {
            throw new FormatException(
                    "a " + algorithm.text() + " hash has " + algorithm.size() + " bytes, not " + bytes.length);
        }
        this.algorithm = algorithm;
        this.bytes = bytes;
    }

    /**
     * A hash of given bytes.
     *
     * @throws FormatException if their number does not fit the algorithm
     */
    public static Hash of(HashAlgorithm algorithm, byte[] bytes) {
        return new Hash(algorithm, bytes.clone());
    }

    /** Completes a digest, which is reset. */
    public static Hash of(HashAlgorithm algorithm, MessageDigest digest) {
        return new Hash(algorithm, digest.digest());
    }

    /** The SHA-256 of bytes. */
    public static Hash sha256(byte[] data) {
        return of(HashAlgorithm.SHA256, data, 0);
    }

    private static Hash of(HashAlgorithm algorithm, byte[] data, int from) {
        MessageDigest digest = algorithm.newDigest();
        digest.update(data, from, data.length - from);
        return new Hash(algorithm, digest.digest());
    }

    /**
     * Reads a hash that names its algorithm: {@code sha256:} and base-16, Nix32 or base-64 (the length tells), or SRI.
     *
     * @throws FormatException otherwise
     */
    public static Hash parse(String text) {
        return parseAny(text, Optional.empty());
    }

    /**
     * Reads a hash of a known algorithm, which the text may or may not name.
     *
     * @throws FormatException if it does not parse or names another algorithm
     */
    public static Hash parse(String text, HashAlgorithm algorithm) {
        return parseAny(text, Optional.of(algorithm));
    }

    private static Hash parseAny(String text, Optional<HashAlgorithm> expected) {
        int separator = text.indexOf(':');
        boolean sri = false;
        if (separator < 0) {
            separator = text.indexOf('-');
            sri = separator >= 0;
        }
        Optional<HashAlgorithm> named =
                separator < 0 ? Optional.empty() : Optional.of(HashAlgorithm.parse(text.substring(0, separator)));
        if (named.isPresent() && expected.isPresent() && named.get() != expected.get()) {
            throw new FormatException("hash " + FormatException.quote(text) + " should have type '"
                    + expected.get().text() + "'");
        }
        HashAlgorithm algorithm = named.or(() -> expected)
                .orElseThrow(() -> new FormatException(
                        "hash " + FormatException.quote(text) + " does not include a type, such as 'sha256:'"));
        String rest = text.substring(separator + 1);
        return new Hash(algorithm, decode(text, rest, algorithm, sri));
    }

    private static byte[] decode(String whole, String rest, HashAlgorithm algorithm, boolean sri) {
        try {
            if (!sri && rest.length() == algorithm.size() * 2) {
                return HexFormat.of().parseHex(rest);
            }
            if (!sri && rest.length() == NixBase32.encodedLength(algorithm.size())) {
                return NixBase32.decode(rest);
            }
            if (rest.length() == (algorithm.size() + 2) / 3 * 4) {
                byte[] bytes = Base64.getDecoder().decode(rest);
                if (bytes.length == algorithm.size()) {
                    return bytes;
                }
            }
        } catch (IllegalArgumentException e) {
            throw new FormatException("invalid character in hash " + FormatException.quote(whole), e);
        }
        throw new FormatException(
                "hash " + FormatException.quote(whole) + " has wrong length for hash type '" + algorithm.text() + "'");
    }

    /** The algorithm. */
    public HashAlgorithm algorithm() {
        return algorithm;
    }

    /** A copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The text in one form; the algorithm in front, as {@code sha256:}, where asked, and always in SRI. */
    public String format(HashFormat format, boolean withAlgorithm) {
        String prefix = withAlgorithm ? algorithm.text() + ":" : "";
        return switch (format) {
            case BASE16 -> prefix + HexFormat.of().formatHex(bytes);
            case NIX32 -> prefix + NixBase32.encode(bytes);
            case BASE64 -> prefix + Base64.getEncoder().encodeToString(bytes);
            case SRI -> algorithm.text() + "-" + Base64.getEncoder().encodeToString(bytes);
        };
    }

    /** {@code sha256:} and Nix32, the form of narinfo files and content addresses. */
    public String toNix32() {
        return format(HashFormat.NIX32, true);
    }

    /** Lower-case hexadecimal without the algorithm. */
    public String toBase16() {
        return format(HashFormat.BASE16, false);
    }

    /** Folds the bytes into fewer by exclusive or, as store paths do with 20 bytes ({@code compressHash}). */
    Hash folded(int size) {
        byte[] folded = new byte[size];
        for (int i = 0; i < bytes.length; i++) {
            folded[i % size] ^= bytes[i];
        }
        return switch (size) {
            case 20 -> new Hash(HashAlgorithm.SHA1, folded);
            default -> throw new IllegalArgumentException("store paths fold to 20 bytes, not " + size);
        };
    }

    @Override
    public int compareTo(Hash other) {
        int byAlgorithm = algorithm.compareTo(other.algorithm);
        return byAlgorithm != 0 ? byAlgorithm : Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Hash hash && algorithm == hash.algorithm && Arrays.equals(bytes, hash.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** {@link #toNix32()}. */
    @Override
    public String toString() {
        return toNix32();
    }
}
