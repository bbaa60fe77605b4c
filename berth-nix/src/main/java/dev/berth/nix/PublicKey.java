package dev.berth.nix;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A public key that paths may be signed with, {@code <name>:<base-64 of 32 bytes>}: Ed25519.
 *
 * @param name by convention the cache's host name and a number, such as {@code cache.example.org-1}
 * @param base64 the key, 32 bytes in base-64 with padding
 */
public record PublicKey(String name, String base64) {
    private static final int SIZE = 32;

    /** SubjectPublicKeyInfo for Ed25519 up to the key (RFC 8410). */
    private static final byte[] SPKI_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    /** @throws FormatException if the name is empty or the key is not 32 bytes in base-64 */
    public PublicKey {
        if (name.isEmpty() || name.indexOf(':') >= 0) {
            throw new FormatException("public key " + FormatException.quote(name + ":" + base64) + " has no name");
        }
        Signature.decode(base64, SIZE, "public key '" + name + "'");
    }

    /**
     * Reads the text form.
     *
     * @throws FormatException otherwise
     */
    public static PublicKey parse(String text) {
        int colon = text.indexOf(':');
        if (colon <= 0) {
            throw new FormatException("public key " + FormatException.quote(text) + " is not <name>:<base-64>");
        }
        return new PublicKey(text.substring(0, colon), text.substring(colon + 1));
    }

    static PublicKey of(String name, byte[] key) {
        return new PublicKey(name, Base64.getEncoder().encodeToString(key));
    }

    /** Whether the signature bears this key's name and signs the text. */
    public boolean verify(String text, Signature signature) {
        if (!signature.keyName().equals(name)) {
            return false;
        }
        try {
            byte[] key = Signature.decode(base64, SIZE, "public key '" + name + "'");
            byte[] spki = new byte[SPKI_PREFIX.length + SIZE];
            System.arraycopy(SPKI_PREFIX, 0, spki, 0, SPKI_PREFIX.length);
            System.arraycopy(key, 0, spki, SPKI_PREFIX.length, SIZE);
            var verifier = java.security.Signature.getInstance("Ed25519");
            verifier.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki)));
            verifier.update(text.getBytes(StandardCharsets.UTF_8));
            return verifier.verify(signature.bytes());
        } catch (GeneralSecurityException e) {
            // A point off the curve, or a scalar out of range: such a signature signs nothing.
            return false;
        }
    }

    /** The text form. */
    public String print() {
        return name + ":" + base64;
    }

    @Override
    public String toString() {
        return print();
    }
}
