package dev.berth.nix.nar;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Replaces hash parts in one piece of bytes at a time, across the borders of what it is given. */
final class HashPartRewriter {
    private static final int BUFFER = 16 * 1024;

    /** Takes bytes; the array is the rewriter's. */
    @FunctionalInterface
    interface Output {
        void write(byte[] bytes, int offset, int length) throws IOException;
    }

    /** Told where a hash part was replaced, as an offset in the piece. */
    @FunctionalInterface
    interface Listener {
        void replaced(long offset) throws IOException;
    }

    private final HashParts from;
    private final List<byte[]> to = new ArrayList<>();
    private final Listener listener;
    private final byte[] buffer = new byte[BUFFER];

    /** INVARIANT: buffer[0..used) could still begin a match, or is not looked at yet; it begins at offset base. */
    private int used;

    private long base;

    /** @param rewrites hash parts, and 32 bytes for each */
    HashPartRewriter(Map<String, byte[]> rewrites, Listener listener) {
        List<String> parts = List.copyOf(rewrites.keySet());
        this.from = new HashParts(parts);
        for (String part : parts) {
            byte[] replacement = rewrites.get(part);
            if (replacement == null || replacement.length != HashParts.LENGTH) {
                throw new IllegalArgumentException("a hash part is replaced by 32 bytes");
            }
            to.add(replacement.clone());
        }
        this.listener = listener;
    }

    void write(byte[] bytes, int offset, int length, Output out) throws IOException {
        for (int done = 0; done < length; ) {
            int count = Math.min(length - done, BUFFER - used);
            System.arraycopy(bytes, offset + done, buffer, used, count);
            used += count;
            done += count;
            int settled = rewrite();
            out.write(buffer, 0, settled);
            System.arraycopy(buffer, settled, buffer, 0, used - settled);
            used -= settled;
            base += settled;
        }
    }

    /** Ends the piece: gives what is left. */
    void end(Output out) throws IOException {
        out.write(buffer, 0, used);
        used = 0;
        base = 0;
    }

    /** Replaces from left to right; gives how many bytes no match can begin in any more. */
    private int rewrite() throws IOException {
        int settled = Math.max(0, used - HashParts.LENGTH + 1);
        int at = HashParts.next(buffer, 0, used);
        while (at >= 0) {
            int part = from.find(buffer, at);
            if (part >= 0) {
                System.arraycopy(to.get(part), 0, buffer, at, HashParts.LENGTH);
                listener.replaced(base + at);
                at += HashParts.LENGTH;
                settled = Math.max(settled, at);
            } else {
                at++;
                // In a run of digits the next place needs only its last digit looked at.
                if (at + HashParts.LENGTH <= used && HashParts.isDigit(buffer[at + HashParts.LENGTH - 1])) {
                    continue;
                }
            }
            at = HashParts.next(buffer, at, used);
        }
        return settled;
    }
}
