package dev.berth.nix.nar;

import java.io.IOException;

/** Passes each event to one sink and then to another. An event that the first refuses does not reach the second. */
public final class TeeSink implements NarSink {
    private final NarSink first;
    private final NarSink second;

    /** Both see the same tree. */
    public TeeSink(NarSink first, NarSink second) {
        this.first = first;
        this.second = second;
    }

    @Override
    public void startDirectory() throws IOException {
        first.startDirectory();
        second.startDirectory();
    }

    @Override
    public void entry(byte[] name) throws IOException {
        first.entry(name);
        second.entry(name);
    }

    @Override
    public void endDirectory() throws IOException {
        first.endDirectory();
        second.endDirectory();
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        first.startFile(executable, size);
        second.startFile(executable, size);
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        first.contents(buffer, offset, length);
        second.contents(buffer, offset, length);
    }

    @Override
    public void endFile() throws IOException {
        first.endFile();
        second.endFile();
    }

    @Override
    public void symlink(byte[] target) throws IOException {
        first.symlink(target);
        second.symlink(target);
    }
}
