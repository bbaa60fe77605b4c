package dev.berth.nix.nar;

import java.io.IOException;
import java.nio.channels.FileChannel;

/** Passes a tree on, and knows whether it has begun: from then on it can't be told again, or an answer is under way. */
public final class StartSink extends PassingSink implements NarBytesSink {
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
        super(sink);
        this.atStart = atStart;
    }

    /** Whether the tree has begun. */
    public boolean started() {
        return started;
    }

    @Override
    public boolean takesBytes() {
        return next instanceof NarBytesSink bytes && bytes.takesBytes();
    }

    @Override
    public void bytes(byte[] buffer, int offset, int length) throws IOException {
        if (!(next instanceof NarBytesSink bytes)) {
            throw new IllegalStateException("the sink takes events only");
        }
        start();
        bytes.bytes(buffer, offset, length);
    }

    @Override
    public boolean takesFiles() {
        return next instanceof NarBytesSink bytes && bytes.takesFiles();
    }

    @Override
    public void file(FileChannel file, long offset, long length) throws IOException {
        if (!(next instanceof NarBytesSink bytes)) {
            throw new IllegalStateException("the sink takes events only");
        }
        start();
        bytes.file(file, offset, length);
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
        super.startDirectory();
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        start();
        super.startFile(executable, size);
    }

    @Override
    public void symlink(byte[] target) throws IOException {
        start();
        super.symlink(target);
    }
}
