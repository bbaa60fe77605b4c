package dev.berth.nix.nar;

import java.io.IOException;

/** Passes a tree on, and knows whether it has begun: from then on it can't be told again, or an answer is under way. */
public final class StartSink implements NarBytesSink {
    private final NarSink sink;
    private final Action atStart;
    private boolean started;

    /** What is done before the tree's first event is passed on. */
    @FunctionalInterface
    public interface Action {
        /**
         * Does it.
         *
         * @throws IOException if it fails: the sink sees nothing then
         */
        void run() throws IOException;
    }

    /** Does nothing at the start. */
    public StartSink(NarSink sink) {
        this(sink, () -> {});
    }

    /** @param atStart done once */
    public StartSink(NarSink sink, Action atStart) {
        this.sink = sink;
        this.atStart = atStart;
    }

    /** Whether the tree has begun. */
    public boolean started() {
        return started;
    }

    @Override
    public boolean takesBytes() {
        return sink instanceof NarBytesSink bytes && bytes.takesBytes();
    }

    @Override
    public void bytes(byte[] buffer, int offset, int length) throws IOException {
        if (!(sink instanceof NarBytesSink bytes)) {
            throw new IllegalStateException("the sink takes events only");
        }
        start();
        bytes.bytes(buffer, offset, length);
    }

    private void start() throws IOException {
        if (!started) {
            started = true;
            atStart.run();
        }
    }

    @Override
    public void startDirectory() throws IOException {
        start();
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
        start();
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
        start();
        sink.symlink(target);
    }
}
