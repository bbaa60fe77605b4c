package dev.berth.kubernetes;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Private keys in PEM: PKCS #8 (RFC 5958), and by wrapping them into it PKCS #1 (RFC 8017, {@code RSA PRIVATE KEY}) and SEC 1
 * (RFC 5915, {@code EC PRIVATE KEY}), which the JDK does not read.
 */
final class PemKey {
    private static final Pattern BLOCK = Pattern.compile(
            "-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    /** The algorithm identifier rsaEncryption, with its parameter NULL. */
    private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
    /** The object identifier id-ecPublicKey. */
    private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

    private static final byte[] VERSION_0 = {2, 1, 0};

    private PemKey() {}

    static PrivateKey read(String pem) throws GeneralSecurityException {
        Matcher block = BLOCK.matcher(pem);
        if (!block.find()) {
            throw new InvalidKeySpecException("there is no private key in PEM in it");
        }
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(block.group(2));
        } catch (IllegalArgumentException e) {
            throw new InvalidKeySpecException("the private key is not base64", e);
        }
        return switch (block.group(1)) {
            case "RSA PRIVATE KEY" -> key("RSA", tag(0x30, VERSION_0, RSA, tag(4, der)));
            case "EC PRIVATE KEY" -> key("EC", tag(0x30, VERSION_0, tag(0x30, EC, curve(der)), tag(4, der)));
            case "PRIVATE KEY" -> pkcs8(der);
            default ->
                throw new InvalidKeySpecException("the private key has a passphrase, which nobody could be asked for");
        };
    }

    private static PrivateKey pkcs8(byte[] der) throws GeneralSecurityException {
        for (String algorithm : new String[] {"RSA", "EC"}) {
            try {
                return key(algorithm, der);
            } catch (InvalidKeySpecException e) {
                // The key is of another algorithm: the last one says what is wrong with it
            }
        }
        return key("EdDSA", der);
    }

    private static PrivateKey key(String algorithm, byte[] pkcs8) throws GeneralSecurityException {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    }

    /** The object identifier of the curve: the content of the field with the tag 0. */
    private static byte[] curve(byte[] sec1) throws InvalidKeySpecException {
        ByteBuffer in = content(ByteBuffer.wrap(sec1), 0x30);
        content(in, 2);
        content(in, 4);
        ByteBuffer parameters = content(in, 0xa0);
        byte[] curve = new byte[parameters.remaining()];
        parameters.get(curve);
        return curve;
    }

    /** Reads a value with the given tag, and leaves the buffer behind it. */
    private static ByteBuffer content(ByteBuffer in, int tag) throws InvalidKeySpecException {
        if (in.remaining() < 2 || (in.get() & 0xff) != tag) {
            throw new InvalidKeySpecException("the private key is damaged, or does not name its curve");
        }
        int length = in.get() & 0xff;
        if (length == 0x81 && in.hasRemaining()) {
            length = in.get() & 0xff;
        }
        if (length > in.remaining()) {
            throw new InvalidKeySpecException("the private key is damaged");
        }
        ByteBuffer content = in.slice(in.position(), length);
        in.position(in.position() + length);
        return content;
    }

    private static byte[] tag(int tag, byte[]... contents) {
        int length = 0;
        for (byte[] content : contents) {
            length += content.length;
        }
        ByteBuffer out = ByteBuffer.allocate(length + 4);
        out.put((byte) tag);
        if (length > 255) {
            out.put((byte) 0x82).putShort((short) length);
        } else {
            out.put((byte) 0x81).put((byte) length);
        }
        for (byte[] content : contents) {
            out.put(content);
        }
        return Arrays.copyOf(out.array(), out.position());
    }
}
