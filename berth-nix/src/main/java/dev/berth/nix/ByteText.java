package dev.berth.nix;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Nix's strings are bytes, nearly always UTF-8. Here they are Java strings of that UTF-8 in which a byte that belongs to no
 * character stands as the lone surrogate U+DC00 + byte, so that every byte string has exactly one text and comes back.
 */
public final class ByteText {
    private static final int ESCAPE = 0xdc00;

    /** The order of the bytes, which is Nix's order of maps and sets. */
    public static final Comparator<String> ORDER = ByteText::compare;

    private ByteText() {}

    /** The text of the bytes from an index to another. */
    public static String decode(byte[] bytes, int from, int to) {
        if (isAscii(bytes, from, to)) {
            return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, from, to - from);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(in).toString();
        } catch (CharacterCodingException e) {
            return decodeEscaping(ByteBuffer.wrap(bytes, from, to - from));
        }
    }

    private static boolean isAscii(byte[] bytes, int from, int to) {
        byte all = 0;
        for (int i = from; i < to; i++) {
            all |= bytes[i];
        }
        return all >= 0;
    }

    private static String decodeEscaping(ByteBuffer in) {
        var decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
        while (true) {
            var result = decoder.decode(in, out, true);
            if (result.isUnderflow()) {
                return out.flip().toString();
            }
            // One byte at a time: what follows may be a character again.
            out.put((char) (ESCAPE + (in.get() & 0xff)));
            decoder.reset();
        }
    }

    /**
     * The bytes of a text.
     *
     * @throws FormatException for a lone surrogate that stands for no byte
     */
    public static byte[] encode(String text) {
        if (!hasSurrogates(text)) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair) {
                out.writeBytes(text.substring(i, i + 2).getBytes(StandardCharsets.UTF_8));
                i++;
            } else if (c >= ESCAPE + 0x80 && c <= ESCAPE + 0xff) {
                out.write(c - ESCAPE);
            } else if (Character.isSurrogate(c)) {
                throw new FormatException("text has a lone surrogate: " + FormatException.quote(text));
            } else {
                out.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        return out.toByteArray();
    }

    private static boolean hasSurrogates(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static int compare(String a, String b) {
        return hasSurrogates(a) || hasSurrogates(b) ? Arrays.compareUnsigned(encode(a), encode(b)) : a.compareTo(b);
    }
}
