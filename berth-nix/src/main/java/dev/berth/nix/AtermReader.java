package dev.berth.nix;

import java.io.ByteArrayOutputStream;

/** A cursor over the bytes of an ATerm. Every failure says at which byte. */
final class AtermReader {
    private final String what;
    private final byte[] bytes;
    private int at;

    AtermReader(String what, byte[] bytes) {
        this.what = what;
        this.bytes = bytes;
    }

    /** The next byte, or -1 at the end. */
    int peek() {
        return at < bytes.length ? bytes[at] & 0xff : -1;
    }

    void expect(String ascii) {
        for (int i = 0; i < ascii.length(); i++) {
            if (at + i >= bytes.length || bytes[at + i] != ascii.charAt(i)) {
                throw error("expected '" + ascii + "'");
            }
        }
        at += ascii.length();
    }

    void expectEnd() {
        if (at != bytes.length) {
            throw error("expected the end");
        }
    }

    /** Reads a list; the item is called at the beginning of each. */
    void list(Runnable item) {
        expect("[");
        if (peek() == ']') {
            at++;
            return;
        }
        while (true) {
            item.run();
            if (peek() == ']') {
                at++;
                return;
            }
            expect(",");
        }
    }

    /** Reads a string in quotes. As in Nix, any character may follow a backslash and stands for itself but n, r and t. */
    String string() {
        expect("\"");
        int from = at;
        while (peek() != '"' && peek() != '\\' && peek() >= 0) {
            at++;
        }
        if (peek() == '"') {
            return ByteText.decode(bytes, from, at++);
        }
        return escaped(from);
    }

    private String escaped(int from) {
        int start = from - 1;
        ByteArrayOutputStream out = new ByteArrayOutputStream(2 * (at - from) + 32);
        out.write(bytes, from, at - from);
        while (true) {
            int c = peek();
            at++;
            if (c == '\\') {
                c = unescape(peek());
                at++;
            } else if (c == '"') {
                byte[] text = out.toByteArray();
                return ByteText.decode(text, 0, text.length);
            }
            if (c < 0) {
                at = start;
                throw error("string without end");
            }
            out.write(c);
        }
    }

    private static int unescape(int c) {
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> c;
        };
    }

    /** A failure here. */
    FormatException error(String reason) {
        return new FormatException(what + " is malformed at byte " + at + ": " + reason);
    }

    /** A failure before here, in what was just read. */
    FormatException error(FormatException cause) {
        return new FormatException(what + " is malformed before byte " + at + ": " + cause.getMessage(), cause);
    }
}
