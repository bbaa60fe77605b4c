package dev.berth.nix;

import java.util.Base64;

/**
 * A signature in Nix's text form, {@code <key name>:<base-64 of 64 bytes>} (libutil/signature). Ordered as text.
 *
 * @param keyName not empty, without colons, white space and control characters
 * @param base64 the signature, 64 bytes in base-64 with padding
 */
public record Signature(String keyName, String base64) implements Comparable<Signature> {
    /** The number of bytes of an Ed25519 signature. */
    public static final int SIZE = 64;

    /** @throws FormatException if the name is empty or the signature is not 64 bytes in base-64 */
    public Signature {
        checkKeyName(keyName);
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

    /** Lists of keys and signatures have spaces between, narinfo files have lines: a name may break neither. */
    static void checkKeyName(String name) {
        if (name.isEmpty() || name.chars().anyMatch(c -> c <= 0x20 || c == 0x7f || c == ':')) {
            throw new FormatException("key name " + FormatException.quote(name)
                    + " is empty, or has a colon, a space or a control character");
        }
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
        return keyName.equals(other.keyName) ? base64.compareTo(other.base64) : print().compareTo(other.print());
    }

    @Override
    public String toString() {
        return print();
    }
}
