package dev.berth.store.daemon;

import dev.berth.nix.nar.NarSink;
import java.io.IOException;

/** Passes a tree on and knows whether it has begun: then it can't be told again. */
final class Watched implements NarSink {
    private final NarSink sink;
    private boolean told;

    Watched(NarSink sink) {
        this.sink = sink;
    }

    boolean told() {
        return told;
    }

    @Override
    public void startDirectory() throws IOException {
        told = true;
        sink.startDirectory();
    }

    @Override
    public void entry(byte[] name) throws IOException {
        sink.entry(name);
    }

    @Override
    public void endDirectory() throws IOException {
        sink.endDirectory();
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        told = true;
        sink.startFile(executable, size);
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        sink.contents(buffer, offset, length);
    }

    @Override
    public void endFile() throws IOException {
        sink.endFile();
    }

    @Override
    public void symlink(byte[] target) throws IOException {
        told = true;
        sink.symlink(target);
    }
}
