package dev.berth.linux;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * File names as bytes. A {@link Path} keeps the bytes of its name, but shows them only through the locale's encoding,
 * which loses all but ASCII under {@code LANG=C}; here they pass whole in both directions.
 */
public final class Names {
    private static final Path ROOT = Path.of("/");

    private Names() {}

    /** The bytes of a path. */
    public static byte[] bytes(Path path) {
        String text = path.toString();
        if (isAscii(text)) {
            return text.getBytes(StandardCharsets.US_ASCII);
        }
        // The URI form, which only absolute paths have, is the only one in which the JDK gives a path's bytes whole.
        String raw = (path.isAbsolute() ? path : ROOT.resolve(path)).toUri().getRawPath();
        ByteArrayOutputStream out = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                out.write(Integer.parseInt(raw, i + 1, i + 3, 16));
                i += 2;
            } else {
                out.write(c);
            }
        }
        byte[] bytes = out.toByteArray();
        // A directory's URI ends in a slash.
        int end = bytes[bytes.length - 1] == '/' ? bytes.length - 1 : bytes.length;
        return Arrays.copyOfRange(bytes, path.isAbsolute() ? 0 : 1, end);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == 0 || text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    /**
     * The path of these bytes.
     *
     * @throws IllegalArgumentException if there is a NUL in them
     */
    public static Path path(byte[] bytes) {
        boolean ascii = true;
        for (byte b : bytes) {
            if (b == 0) {
                throw new IllegalArgumentException("a path with NUL: " + show(bytes));
            }
            ascii &= b > 0;
        }
        if (ascii) {
            return Path.of(new String(bytes, StandardCharsets.US_ASCII));
        }
        boolean absolute = bytes[0] == '/';
        StringBuilder uri = new StringBuilder(absolute ? "file://" : "file:///");
        for (byte b : bytes) {
            if (isPlain(b)) {
                uri.append((char) b);
            } else {
                uri.append(String.format("%%%02X", b & 0xff));
            }
        }
        Path path = Path.of(URI.create(uri.toString()));
        return absolute ? path : ROOT.relativize(path);
    }

    private static boolean isPlain(byte b) {
        return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '/' || b == '.';
    }

    /** The bytes of a name given as text: UTF-8. */
    public static byte[] bytes(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    /** A name for people: UTF-8 where it is, one line, with {@code \xff} for every other byte, and for every control or format character. */
    public static String show(byte[] name) {
        boolean plain = true;
        for (byte b : name) {
            plain &= b >= ' ' && b < 0x7f;
        }
        if (plain) {
            return new String(name, StandardCharsets.US_ASCII);
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(name))
                    .toString();
            if (text.codePoints().allMatch(Names::isPrintable)) {
                return text;
            }
        } catch (CharacterCodingException e) {
            // Not UTF-8: every byte outside of ASCII is shown as its number.
        }
        StringBuilder shown = new StringBuilder();
        for (byte b : name) {
            if (b >= ' ' && b < 0x7f) {
                shown.append((char) b);
            } else {
                shown.append(String.format("\\x%02x", b & 0xff));
            }
        }
        return shown.toString();
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            // These break the line, or reorder it.
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
