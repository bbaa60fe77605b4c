package dev.berth.bench.work;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Numbers and bytes that follow from a seed (SplitMix64), fast enough that making them costs less than storing them. */
final class Noise {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    // Text-like bytes, so that compression has something to do. The length is a power of two.
    private static final byte[] TEXT = """
            module berth(closure, volume) = let paths = walk(closure) in map(link, paths)
            if (missing) fetch(path) else present(volume, path); // each path once
            """.repeat(16).substring(0, 2048).getBytes(StandardCharsets.US_ASCII);

    private long state;

    Noise(long seed) {
        state = seed;
        next();
    }

    private long next() {
        state += 0x9E3779B97F4A7C15L;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** A number of {@code from} to {@code to}, both included. */
    int between(int from, int to) {
        return from + (int) Long.remainderUnsigned(next(), to - from + 1L);
    }

    /** Fills the front of the buffer with bytes that no codec makes smaller. */
    void random(byte[] buffer, int length) {
        int at = 0;
        for (; at + Long.BYTES <= length; at += Long.BYTES) {
            LONG.set(buffer, at, next());
        }
        long rest = next();
        for (; at < length; at++, rest >>>= Byte.SIZE) {
            buffer[at] = (byte) rest;
        }
    }

    /** Fills the front of the buffer with pieces of text. */
    void text(byte[] buffer, int length) {
        for (int at = 0; at < length; ) {
            int start = between(0, TEXT.length - 64);
            int piece = Math.min(between(16, 64), length - at);
            System.arraycopy(TEXT, start, buffer, at, piece);
            at += piece;
        }
    }
}
