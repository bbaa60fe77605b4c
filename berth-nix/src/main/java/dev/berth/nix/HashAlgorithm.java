package dev.berth.nix;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/** The hash algorithms that Nix names (libutil/hash.hh). */
public enum HashAlgorithm {
    /** 16 bytes; only for old fixed outputs. */
    MD5("md5", "MD5", 16),
    /** 20 bytes; fixed outputs and Git objects. */
    SHA1("sha1", "SHA-1", 20),
    /** 32 bytes; everything that Nix hashes itself. */
    SHA256("sha256", "SHA-256", 32),
    /** 64 bytes. */
    SHA512("sha512", "SHA-512", 64),
    /** 32 bytes; read and written as text, but the JDK has no digest of it. */
    BLAKE3("blake3", "", 32);

    private final String text;
    private final String jdkName;
    private final int size;

    HashAlgorithm(String text, String jdkName, int size) {
        this.text = text;
        this.jdkName = jdkName;
        this.size = size;
    }

    /** The name in Nix's texts, such as {@code sha256}. */
    public String text() {
        return text;
    }

    /** The number of bytes of a hash. */
    public int size() {
        return size;
    }

    /** The algorithm of that name, exactly as Nix writes it. */
    public static Optional<HashAlgorithm> of(String text) {
        for (HashAlgorithm algorithm : values()) {
            if (algorithm.text.equals(text)) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }

    /**
     * The algorithm of that name.
     *
     * @throws FormatException if Nix knows none
     */
    public static HashAlgorithm parse(String text) {
        return of(text).orElseThrow(() -> new FormatException("unknown hash algorithm " + FormatException.quote(text)
                + ", expect 'blake3', 'md5', 'sha1', 'sha256' or 'sha512'"));
    }

    /**
     * A new digest.
     *
     * @throws UnsupportedOperationException for BLAKE3
     */
    public MessageDigest newDigest() {
        if (this == BLAKE3) {
            throw new UnsupportedOperationException("hashing with blake3 is not supported");
        }
        try {
            return MessageDigest.getInstance(jdkName);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no " + jdkName, e);
        }
    }
}
