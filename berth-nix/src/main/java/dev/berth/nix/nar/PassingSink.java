package dev.berth.nix.nar;

import java.io.IOException;

/** Passes a tree on to another sink; of what a subclass says nothing about, the other sees what this one is told. */
public abstract class PassingSink implements NarSink {
    /** Takes what is passed on. */
    protected final NarSink next;

    /** @param next takes what is passed on */
    protected PassingSink(NarSink next) {
        this.next = next;
    }

    @Override
    public void startDirectory() throws IOException {
        next.startDirectory();
    }

    @Override
    public void entry(byte[] name) throws IOException {
        next.entry(name);
    }

    @Override
    public void endDirectory() throws IOException {
        next.endDirectory();
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        next.startFile(executable, size);
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        next.contents(buffer, offset, length);
    }

    @Override
    public void endFile() throws IOException {
        next.endFile();
    }

    @Override
    public void symlink(byte[] target) throws IOException {
        next.symlink(target);
    }
}
