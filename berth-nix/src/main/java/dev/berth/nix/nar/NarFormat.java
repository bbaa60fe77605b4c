package dev.berth.nix.nar;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The tokens of the format: a length as 8 bytes, little-endian, the bytes, and zeros up to a multiple of 8. */
final class NarFormat {
    /** Little-endian 64-bit words of a byte array. */
    static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    static final Tag OPEN = new Tag("(");
    static final Tag CLOSE = new Tag(")");
    static final Tag TYPE = new Tag("type");
    static final Tag ENTRY = new Tag("entry");
    static final Tag NAME = new Tag("name");
    static final Tag NODE = new Tag("node");
    static final Tag REGULAR = new Tag("regular");
    static final Tag CONTENTS = new Tag("contents");
    static final Tag SYMLINK = new Tag("symlink");
    static final Tag TARGET = new Tag("target");
    static final Tag DIRECTORY = new Tag("directory");
    static final Tag EXECUTABLE = new Tag("executable");
    static final Tag MAGIC = new Tag("nix-archive-1");

    /** The size of {@link #CLOSE}, and of every other tag of at most 8 bytes. */
    static final int SHORT_TAG = 16;

    private NarFormat() {}

    /** The number of zeros after so many bytes. */
    static int padding(long length) {
        return (int) (-length & 7);
    }

    /** A fixed token. */
    static final class Tag {
        private final String text;
        private final byte[] encoded;

        Tag(String text) {
            this.text = text;
            this.encoded = encode(text.getBytes(StandardCharsets.US_ASCII));
        }

        /** What it says. */
        String text() {
            return text;
        }

        /** Its bytes; not to be changed. */
        byte[] encoded() {
            return encoded;
        }

        private static byte[] encode(byte[] text) {
            byte[] token = new byte[8 + text.length + padding(text.length)];
            WORD.set(token, 0, (long) text.length);
            System.arraycopy(text, 0, token, 8, text.length);
            return token;
        }

        int size() {
            return encoded.length;
        }

        /** Whether the token stands in the buffer, which has at least its size from there. */
        boolean isAt(byte[] buffer, int at) {
            for (int i = 0; i < encoded.length; i += 8) {
                if ((long) WORD.get(buffer, at + i) != (long) WORD.get(encoded, i)) {
                    return false;
                }
            }
            return true;
        }
    }
}
