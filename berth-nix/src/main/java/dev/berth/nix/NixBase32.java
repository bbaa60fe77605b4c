package dev.berth.nix;

import java.util.Arrays;

/**
 * Nix's base-32: the alphabet leaves out e, o, u and t, and digits are written from the last byte to the first
 * (libutil/base-nix-32.cc).
 */
public final class NixBase32 {
    /** The digits in order of their value. */
    public static final String ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz";

    private static final byte[] VALUES = new byte[128];

    static {
        Arrays.fill(VALUES, (byte) -1);
        for (int i = 0; i < ALPHABET.length(); i++) {
            VALUES[ALPHABET.charAt(i)] = (byte) i;
        }
    }

    private NixBase32() {}

    /** The number of digits that {@code byteCount} bytes take: eight bits a byte, five a digit, rounded up. */
    public static int encodedLength(int byteCount) {
        return (byteCount * 8 + 4) / 5;
    }

    /** Whether the character is a digit of the alphabet. */
    public static boolean isDigit(char c) {
        return c < 128 && VALUES[c] >= 0;
    }

    /** Writes bytes as digits; an empty array gives an empty text. */
    public static String encode(byte[] bytes) {
        int length = encodedLength(bytes.length);
        char[] digits = new char[length];
        for (int n = length - 1, at = 0; n >= 0; n--, at++) {
            int bit = n * 5;
            int i = bit / 8;
            int shift = bit % 8;
            int value = (bytes[i] & 0xff) >>> shift;
            if (i + 1 < bytes.length) {
                value |= (bytes[i + 1] & 0xff) << (8 - shift);
            }
            digits[at] = ALPHABET.charAt(value & 0x1f);
        }
        return new String(digits);
    }

    /**
     * Reads digits.
     *
     * @throws FormatException for a character outside the alphabet, or bits that no byte takes
     */
    public static byte[] decode(String text) {
        byte[] bytes = new byte[text.length() * 5 / 8];
        for (int n = 0; n < text.length(); n++) {
            char c = text.charAt(text.length() - n - 1);
            if (!isDigit(c)) {
                throw new FormatException("invalid character in Nix32 text " + FormatException.quote(text));
            }
            int digit = VALUES[c];
            int bit = n * 5;
            int i = bit / 8;
            int shift = bit % 8;
            int carry = digit >>> (8 - shift);
            if (i < bytes.length) {
                bytes[i] |= (byte) (digit << shift);
            } else if (((digit << shift) & 0xff) != 0) {
                throw new FormatException("non-zero bits past the end of Nix32 text " + FormatException.quote(text));
            }
            if (i + 1 < bytes.length) {
                bytes[i + 1] |= (byte) carry;
            } else if (carry != 0) {
                throw new FormatException("non-zero bits past the end of Nix32 text " + FormatException.quote(text));
            }
        }
        return bytes;
    }
}
