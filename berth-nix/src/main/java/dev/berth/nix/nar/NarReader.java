package dev.berth.nix.nar;

import static dev.berth.nix.nar.NarFormat.SHORT_TAG;
import static dev.berth.nix.nar.NarFormat.WORD;

import dev.berth.nix.FormatException;
import dev.berth.nix.nar.NarFormat.Tag;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads one NAR from a stream, strictly (libutil/archive.cc, as of Nix 2.24): a tree has exactly one form, and every
 * other is refused with the offset where it departs. Names that could leave their directory, duplicates, padding that is
 * not zero and whatever exceeds {@link NarLimits} are refused before the sink sees them. Sizes that the stream declares
 * are never allocated.
 *
 * <p>It has a buffer of its own and does not close the stream. One thread; it can be told once.
 */
public final class NarReader implements NarSource {
    private static final int BUFFER = 64 * 1024;

    private final InputStream in;
    private final boolean whole;
    private final byte[] buffer = new byte[BUFFER];

    /** INVARIANT: buffer[position..limit) is read and not yet used; buffer[0] stands at offset base of the NAR. */
    private int position;

    private int limit;
    private long base;

    /** The number of closing tags that must still come after whatever is asked for next. */
    private int closers;

    private boolean told;

    private NarReader(InputStream in, boolean whole) {
        this.in = in;
        this.whole = whole;
    }

    /**
     * Reads exactly one NAR and not a byte beyond its end, as in the middle of a protocol. It looks ahead only as far as
     * the NAR must still go, which makes several small reads a file: give it a stream with a buffer.
     */
    public static NarReader embedded(InputStream in) {
        return new NarReader(in, false);
    }

    /** Reads a stream that is one NAR from here to its end; anything after the NAR is refused. Needs no buffer. */
    public static NarReader whole(InputStream in) {
        return new NarReader(in, true);
    }

    /** The number of bytes of the NAR that were read; once it is told, its size. */
    public long size() {
        return base + position;
    }

    @Override
    public void sendTo(NarSink sink) throws IOException {
        if (told) {
            throw new IllegalStateException("this NAR was read already");
        }
        told = true;
        need(NarFormat.MAGIC.size());
        if (!NarFormat.MAGIC.isAt(buffer, position)) {
            throw new NarException("input doesn't look like a Nix archive");
        }
        position += NarFormat.MAGIC.size();
        closers = 1;
        expect(NarFormat.OPEN);
        tree(sink);
        if (whole) {
            requireEnd();
        }
    }

    // Iterative: the depth of a hostile NAR costs a name each, never stack.
    private void tree(NarSink sink) throws IOException {
        NarNames names = new NarNames();
        node(sink, names);
        while (names.depth() > 0) {
            if (entry()) {
                need(2 * SHORT_TAG + 8);
                expect(NarFormat.OPEN);
                expect(NarFormat.NAME);
                long at = size();
                byte[] name = string("file name", NarLimits.NAME);
                names.next(name, at);
                expect(NarFormat.NODE);
                closers++;
                expect(NarFormat.OPEN);
                sink.entry(name);
                if (node(sink, names)) {
                    continue;
                }
            } else {
                sink.endDirectory();
                names.leave();
                if (names.depth() == 0) {
                    break;
                }
            }
            // The node has ended, and so does the entry that holds it.
            closers--;
            expect(NarFormat.CLOSE);
        }
    }

    /** Reads a node after its opening tag; true for a directory, which is left open. */
    private boolean node(NarSink sink, NarNames names) throws IOException {
        expect(NarFormat.TYPE);
        need(SHORT_TAG);
        if (NarFormat.REGULAR.isAt(buffer, position)) {
            position += SHORT_TAG;
            file(sink);
        } else if (NarFormat.SYMLINK.isAt(buffer, position)) {
            position += SHORT_TAG;
            expect(NarFormat.TARGET);
            long at = size();
            byte[] target = string("symlink target", NarLimits.TARGET);
            if (target.length == 0) {
                throw new NarException("NAR has an empty symlink target at byte " + at);
            }
            if (NarNames.indexOf(target, (byte) 0) >= 0) {
                throw new NarException("NAR has a symlink target with a NUL at byte " + at);
            }
            sink.symlink(target);
        } else {
            long at = size();
            expect(NarFormat.DIRECTORY);
            names.enter(at);
            sink.startDirectory();
            return true;
        }
        closers--;
        expect(NarFormat.CLOSE);
        return false;
    }

    private void file(NarSink sink) throws IOException {
        need(SHORT_TAG);
        boolean executable = false;
        if (!NarFormat.CONTENTS.isAt(buffer, position) && isTag(NarFormat.EXECUTABLE)) {
            executable = true;
            long at = size();
            need(8);
            if ((long) WORD.get(buffer, position) != 0) {
                throw new NarException("NAR has an executable marker with a value at byte " + at);
            }
            position += 8;
        }
        expect(NarFormat.CONTENTS);
        need(8);
        long at = size();
        long size = (long) WORD.get(buffer, position);
        position += 8;
        if (size < 0 || size > NarLimits.FILE) {
            throw new NarException("NAR has a file of " + Long.toUnsignedString(size) + " bytes at byte " + at
                    + ", more than a file can have");
        }
        sink.startFile(executable, size);
        for (long left = size; left > 0; ) {
            if (position == limit) {
                fill(left + NarFormat.padding(size));
            }
            int length = (int) Math.min(left, limit - position);
            sink.contents(buffer, position, length);
            position += length;
            left -= length;
        }
        padding(size);
        sink.endFile();
    }

    /** Whether another entry follows in the directory; if not, its closing tag is used up. */
    private boolean entry() throws IOException {
        closers--;
        need(SHORT_TAG);
        if (NarFormat.ENTRY.isAt(buffer, position)) {
            position += SHORT_TAG;
            closers += 2;
            return true;
        }
        if (NarFormat.CLOSE.isAt(buffer, position)) {
            position += SHORT_TAG;
            return false;
        }
        throw unexpected("'entry' or ')'");
    }

    private boolean isTag(Tag tag) throws IOException {
        if ((long) WORD.get(buffer, position) != (long) WORD.get(tag.encoded(), 0)) {
            return false;
        }
        need(tag.size());
        if (!tag.isAt(buffer, position)) {
            return false;
        }
        position += tag.size();
        return true;
    }

    private void expect(Tag tag) throws IOException {
        need(SHORT_TAG);
        if (!isTag(tag)) {
            throw unexpected("'" + tag.text() + "'");
        }
    }

    private NarException unexpected(String expected) throws IOException {
        long at = size();
        long length = (long) WORD.get(buffer, position);
        position += 8;
        String found;
        if (length < 0 || length > NarLimits.NAME) {
            found = "a token of " + Long.toUnsignedString(length) + " bytes";
        } else {
            found = FormatException.quote(new String(bytes((int) length), StandardCharsets.UTF_8));
        }
        return new NarException("expected tag " + expected + " at byte " + at + " of the NAR, got " + found);
    }

    private byte[] string(String what, int most) throws IOException {
        need(8);
        long at = size();
        long length = (long) WORD.get(buffer, position);
        position += 8;
        if (length < 0 || length > most) {
            throw new NarException("NAR has a " + what + " of " + Long.toUnsignedString(length) + " bytes at byte " + at
                    + ", more than " + most);
        }
        return bytes((int) length);
    }

    private byte[] bytes(int length) throws IOException {
        need(length);
        byte[] bytes = Arrays.copyOfRange(buffer, position, position + length);
        position += length;
        padding(length);
        return bytes;
    }

    private void padding(long length) throws IOException {
        int count = NarFormat.padding(length);
        need(count);
        for (int i = 0; i < count; i++) {
            if (buffer[position + i] != 0) {
                throw new NarException("NAR has non-zero padding at byte " + (size() + i));
            }
        }
        position += count;
    }

    private void requireEnd() throws IOException {
        if (position < limit || in.read() >= 0) {
            throw new NarException("more bytes follow after the end of the NAR at byte " + size());
        }
    }

    /** Sees to it that so many bytes can be used from the position. */
    private void need(int count) throws IOException {
        while (limit - position < count) {
            fill(count);
        }
    }

    /** Reads at least one byte; {@code certain} is how many bytes the NAR must still have before its closing tags. */
    private void fill(long certain) throws IOException {
        System.arraycopy(buffer, position, buffer, 0, limit - position);
        base += position;
        limit -= position;
        position = 0;
        long most = whole ? buffer.length : Math.min(buffer.length, certain + (long) SHORT_TAG * closers);
        int count = in.read(buffer, limit, (int) most - limit);
        if (count <= 0) {
            throw new NarException("NAR is truncated: it ends at byte " + (base + limit));
        }
        limit += count;
    }
}
