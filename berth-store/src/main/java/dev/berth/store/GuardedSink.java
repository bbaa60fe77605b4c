package dev.berth.store;

import dev.berth.nix.nar.NarSink;
import dev.berth.store.StoreException.Kind;
import java.io.IOException;

/** Marks what a sink throws as its own, so that its full disk is not taken for a failure of the store that is read. */
public final class GuardedSink implements NarSink {
    private final NarSink sink;

    /** @param sink whose {@link IOException}s become {@link StoreException}s */
    public GuardedSink(NarSink sink) {
        this.sink = sink;
    }

    private interface Event {
        void tell() throws IOException;
    }

    private static void guard(Event event) {
        try {
            event.tell();
        } catch (IOException e) {
            throw new StoreException(Kind.of(e), "cannot write a tree: " + e.getMessage(), e);
        }
    }

    @Override
    public void startDirectory() {
        guard(sink::startDirectory);
    }

    @Override
    public void entry(byte[] name) {
        guard(() -> sink.entry(name));
    }

    @Override
    public void endDirectory() {
        guard(sink::endDirectory);
    }

    @Override
    public void startFile(boolean executable, long size) {
        guard(() -> sink.startFile(executable, size));
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) {
        guard(() -> sink.contents(buffer, offset, length));
    }

    @Override
    public void endFile() {
        guard(sink::endFile);
    }

    @Override
    public void symlink(byte[] target) {
        guard(() -> sink.symlink(target));
    }
}
