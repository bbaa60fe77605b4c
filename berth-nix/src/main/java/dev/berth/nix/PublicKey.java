package dev.berth.nix;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A public key that paths may be signed with, {@code <name>:<base-64 of 32 bytes>}: Ed25519. By convention the name is the
 * cache's host name and a number, such as {@code cache.example.org-1}. Immutable.
 */
public final class PublicKey {
    private static final int SIZE = 32;

    /** SubjectPublicKeyInfo for Ed25519 up to the key (RFC 8410). */
    private static final byte[] SPKI_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    private final String name;
    private final String base64;
    private final java.security.PublicKey key;

    private PublicKey(String name, byte[] bytes) {
        Signature.checkKeyName(name);
        this.name = name;
        this.base64 = Base64.getEncoder().encodeToString(bytes);
        byte[] spki = Arrays.copyOf(SPKI_PREFIX, SPKI_PREFIX.length + SIZE);
        System.arraycopy(bytes, 0, spki, SPKI_PREFIX.length, SIZE);
        try {
            this.key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki));
        } catch (InvalidKeySpecException e) {
            throw new FormatException("public key '" + name + "' is no Ed25519 key", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no Ed25519", e);
        }
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
        String name = text.substring(0, colon);
        Signature.checkKeyName(name);
        return of(name, Signature.decode(text.substring(colon + 1), SIZE, "public key '" + name + "'"));
    }

    static PublicKey of(String name, byte[] key) {
        return new PublicKey(name, key);
    }

    /** The name of the key. */
    public String name() {
        return name;
    }

    /** Whether the signature bears this key's name and signs the text. */
    public boolean verify(String text, Signature signature) {
        if (!signature.keyName().equals(name)) {
            return false;
        }
        try {
            var verifier = java.security.Signature.getInstance("Ed25519");
            verifier.initVerify(key);
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
    public boolean equals(Object other) {
        return other instanceof PublicKey that && name.equals(that.name) && base64.equals(that.base64);
    }

    @Override
    public int hashCode() {
        return print().hashCode();
    }

    @Override
    public String toString() {
        return print();
    }
}
