package dev.berth.nix.nar;

import dev.berth.nix.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The last name of each open directory; checks names, their order and the depth. */
final class NarNames {
    private static final byte[] NONE = new byte[0];

    private byte[][] last = new byte[16][];
    private int depth;

    /** The number of open directories. */
    int depth() {
        return depth;
    }

    /** Opens a directory; {@code at} is for the message. */
    void enter(long at) throws NarException {
        if (depth == NarLimits.DEPTH) {
            throw new NarException("NAR has directories deeper than " + NarLimits.DEPTH + at(at));
        }
        if (depth == last.length) {
            last = Arrays.copyOf(last, depth * 2);
        }
        last[depth++] = NONE;
    }

    void leave() {
        depth--;
    }

    /** Takes the next name of the innermost directory and keeps the array; {@code at} is for the message. */
    void next(byte[] name, long at) throws NarException {
        if (!isValid(name)) {
            throw new NarException("NAR contains invalid file name " + quote(name) + at(at));
        }
        byte[] before = last[depth - 1];
        int order = Arrays.compareUnsigned(before, name);
        if (order == 0) {
            throw new NarException("NAR contains file name " + quote(name) + " twice in a directory" + at(at));
        }
        if (order > 0) {
            throw new NarException(
                    "NAR directory is not sorted: " + quote(name) + " comes after " + quote(before) + at(at));
        }
        last[depth - 1] = name;
    }

    private static boolean isValid(byte[] name) {
        return name.length > 0
                && name.length <= NarLimits.NAME
                && !(name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.')))
                && indexOf(name, (byte) '/') < 0
                && indexOf(name, (byte) 0) < 0;
    }

    static int indexOf(byte[] bytes, byte wanted) {
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    private static String at(long offset) {
        return offset < 0 ? "" : " at byte " + offset;
    }

    private static String quote(byte[] name) {
        return FormatException.quote(new String(name, StandardCharsets.UTF_8));
    }
}
