package dev.berth.gateway.http;

import dev.berth.linux.OpenFile;
import dev.berth.nix.nar.NarBytesSink;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.tree.OpenFileSink;
import java.io.IOException;

/**
 * A NAR, or a range of it, as the body of a reply: what stands between the files is computed, large files are sent by the
 * kernel, and files outside of the range are not read. One thread.
 */
final class NarBody implements OpenFileSink, NarBytesSink {
    /** Below, handing a file over costs more than copying it. */
    private static final long LARGE = 128 << 10;

    private final RangeOutput out;
    private final NarWriter nar;

    NarBody(RangeOutput out) {
        this.out = out;
        this.nar = new NarWriter(out);
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

    @Override
    public void startDirectory() throws IOException {
        nar.startDirectory();
    }

    @Override
    public void entry(byte[] name) throws IOException {
        nar.entry(name);
    }

    @Override
    public void endDirectory() throws IOException {
        nar.endDirectory();
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        nar.startFile(executable, size);
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        nar.contents(buffer, offset, length);
    }

    @Override
    public void endFile() throws IOException {
        nar.endFile();
    }

    @Override
    public void symlink(byte[] target) throws IOException {
        nar.symlink(target);
    }
}
