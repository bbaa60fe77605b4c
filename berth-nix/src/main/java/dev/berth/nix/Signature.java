package dev.berth.nix;

import java.util.Base64;

/**
 * A signature in Nix's text form, {@code <key name>:<base-64 of 64 bytes>} (libutil/signature). Ordered as text.
 *
 * @param keyName not empty, without a colon
 * @param base64 the signature, 64 bytes in base-64 with padding
 */
public record Signature(String keyName, String base64) implements Comparable<Signature> {
    /** The number of bytes of an Ed25519 signature. */
    public static final int SIZE = 64;

    /** @throws FormatException if the name is empty or the signature is not 64 bytes in base-64 */
    public Signature {
        if (keyName.isEmpty() || keyName.indexOf(':') >= 0) {
            throw new FormatException("signature has no key name: " + FormatException.quote(keyName + ":" + base64));
        }
        decode(base64, SIZE, "signature by '" + keyName + "'");
    }

    /**
     * Reads the text form.
     *
     * @throws FormatException otherwise
     */
    public static Signature parse(String text) {
        int colon = text.indexOf(':');
        if (colon <= 0) {
            throw new FormatException("signature " + FormatException.quote(text) + " is not <key name>:<base-64>");
        }
        return new Signature(text.substring(0, colon), text.substring(colon + 1));
    }

    static byte[] decode(String base64, int size, String what) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new FormatException(what + " is not base-64", e);
        }
        if (bytes.length != size) {
            throw new FormatException(what + " has " + bytes.length + " bytes, not " + size);
        }
        return bytes;
    }

    byte[] bytes() {
        return decode(base64, SIZE, "signature by '" + keyName + "'");
    }

    /** The text form. */
    public String print() {
        return keyName + ":" + base64;
    }

    @Override
    public int compareTo(Signature other) {
        return print().compareTo(other.print());
    }

    @Override
    public String toString() {
        return print();
    }
}
