package dev.berth.nix.nar;

import static dev.berth.nix.nar.NarFormat.WORD;

import dev.berth.nix.FormatException;
import dev.berth.nix.NixBase32;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A set of hash parts of store paths, to be looked for in bytes. Immutable. */
final class HashParts {
    /** The digits of a hash part. */
    static final int LENGTH = 32;

    private static final boolean[] DIGIT = new boolean[256];

    static {
        for (int i = 0; i < NixBase32.ALPHABET.length(); i++) {
            DIGIT[NixBase32.ALPHABET.charAt(i)] = true;
        }
    }

    private final byte[][] parts;

    /** For each slot the number of a part plus one, or 0; a part stands in the first free slot from that of its start. */
    private final int[] slots;

    /** @throws FormatException if one is no hash part */
    HashParts(List<String> hashParts) {
        this.parts = new byte[hashParts.size()][];
        this.slots = new int[Integer.highestOneBit(Math.max(1, parts.length)) * 4];
        for (int i = 0; i < parts.length; i++) {
            byte[] part = hashParts.get(i).getBytes(StandardCharsets.UTF_8);
            if (part.length != LENGTH || next(part, 0, LENGTH) != 0) {
                throw new FormatException(FormatException.quote(hashParts.get(i)) + " is no hash part of a store path");
            }
            parts[i] = part;
            int slot = slot(part, 0);
            while (slots[slot] != 0) {
                slot = (slot + 1) % slots.length;
            }
            slots[slot] = i + 1;
        }
    }

    /** The first place from {@code from} where 32 digits stand before {@code to}, or -1. */
    static int next(byte[] bytes, int from, int to) {
        int start = from;
        while (start + LENGTH <= to) {
            int i = start + LENGTH - 1;
            while (i >= start && DIGIT[bytes[i] & 0xff]) {
                i--;
            }
            if (i < start) {
                return start;
            }
            start = i + 1;
        }
        return -1;
    }

    static boolean isDigit(byte b) {
        return DIGIT[b & 0xff];
    }

    /** The number of the part that stands there, or -1. */
    int find(byte[] bytes, int at) {
        for (int slot = slot(bytes, at); slots[slot] != 0; slot = (slot + 1) % slots.length) {
            int part = slots[slot] - 1;
            if (Arrays.equals(parts[part], 0, LENGTH, bytes, at, at + LENGTH)) {
                return part;
            }
        }
        return -1;
    }

    private int slot(byte[] bytes, int at) {
        long mixed = ((long) WORD.get(bytes, at) ^ (long) WORD.get(bytes, at + 24)) * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 40) & (slots.length - 1);
    }
}
