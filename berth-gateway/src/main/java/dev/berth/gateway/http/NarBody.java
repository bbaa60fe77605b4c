package dev.berth.gateway.http;

import dev.berth.linux.OpenFile;
import dev.berth.nix.nar.NarBytesSink;
import dev.berth.nix.nar.NarWriter;
import dev.berth.nix.nar.PassingSink;
import dev.berth.store.tree.OpenFileSink;
import java.io.IOException;

/**
 * A NAR, or a range of it, as the body of a reply: what stands between the files is computed, large files are sent by the
 * kernel, and files outside of the range are not read. One thread.
 */
final class NarBody extends PassingSink implements OpenFileSink, NarBytesSink {
    /** Below, handing a file over costs more than copying it. */
    private static final long LARGE = 128 << 10;

    private final RangeOutput out;
    private final NarWriter nar;

    NarBody(RangeOutput out) {
        this(out, new NarWriter(out));
    }

    private NarBody(RangeOutput out, NarWriter nar) {
        super(nar);
        this.out = out;
        this.nar = nar;
    }

    @Override
    public void bytes(byte[] buffer, int offset, int length) throws IOException {
        nar.bytes(buffer, offset, length);
    }

    /** The size of the NAR when all of it was told. */
    long size() {
        return nar.size();
    }

    @Override
    public boolean takesFile(long size) {
        return size >= LARGE;
    }

    @Override
    public void contents(OpenFile file, long size) throws IOException {
        nar.contentsElsewhere(size);
        out.file(file, size);
    }
}
