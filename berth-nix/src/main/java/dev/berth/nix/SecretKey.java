package dev.berth.nix;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A secret key in Nix's text form, {@code <name>:<base-64 of 64 bytes>}: the Ed25519 seed and behind it the public key.
 * Its {@link #toString()} does not show the key.
 */
public final class SecretKey {
    private static final int SEED_SIZE = 32;
    private static final int SIZE = 64;

    /** PKCS #8 for Ed25519 up to the seed (RFC 8410). */
    private static final byte[] PKCS8_PREFIX = HexFormat.of().parseHex("302e020100300506032b657004220420");

    private final String name;
    private final byte[] bytes;
    private final PrivateKey key;

    private SecretKey(String name, byte[] bytes) {
        this.name = name;
        this.bytes = bytes;
        byte[] pkcs8 = new byte[PKCS8_PREFIX.length + SEED_SIZE];
        System.arraycopy(PKCS8_PREFIX, 0, pkcs8, 0, PKCS8_PREFIX.length);
        System.arraycopy(bytes, 0, pkcs8, PKCS8_PREFIX.length, SEED_SIZE);
        try {
            this.key = KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no Ed25519", e);
        }
    }

    /**
     * Reads the text form; white space around it is passed over, as key files end in a line break.
     *
     * @throws FormatException otherwise, without showing the text
     */
    public static SecretKey parse(String text) {
        String trimmed = text.strip();
        int colon = trimmed.indexOf(':');
        if (colon <= 0) {
            throw new FormatException("secret key is not <name>:<base-64>");
        }
        String name = trimmed.substring(0, colon);
        Signature.checkKeyName(name);
        return new SecretKey(name, Signature.decode(trimmed.substring(colon + 1), SIZE, "secret key '" + name + "'"));
    }

    /**
     * Makes a new key.
     *
     * @throws FormatException if a key cannot have the name
     */
    public static SecretKey generate(String name) {
        Signature.checkKeyName(name);
        try {
            var pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] pkcs8 = pair.getPrivate().getEncoded();
            byte[] spki = pair.getPublic().getEncoded();
            byte[] bytes = new byte[SIZE];
            System.arraycopy(pkcs8, pkcs8.length - SEED_SIZE, bytes, 0, SEED_SIZE);
            System.arraycopy(spki, spki.length - SEED_SIZE, bytes, SEED_SIZE, SEED_SIZE);
            return new SecretKey(name, bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no Ed25519", e);
        }
    }

    /** The key's name. */
    public String name() {
        return name;
    }

    /** The public half. */
    public PublicKey publicKey() {
        return PublicKey.of(name, Arrays.copyOfRange(bytes, SEED_SIZE, SIZE));
    }

    /** Signs a text. */
    public Signature sign(String text) {
        try {
            var signer = java.security.Signature.getInstance("Ed25519");
            signer.initSign(key);
            signer.update(text.getBytes(StandardCharsets.UTF_8));
            return new Signature(name, Base64.getEncoder().encodeToString(signer.sign()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("signing with '" + name + "' failed", e);
        }
    }

    /** The text form with the secret in it, for a file of mode 0600. */
    public String print() {
        return name + ":" + Base64.getEncoder().encodeToString(bytes);
    }

    @Override
    public String toString() {
        return "SecretKey[" + name + "]";
    }
}
