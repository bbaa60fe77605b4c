package dev.berth.nix.nar;

import java.nio.channels.FileChannel;

/** A stream to which nothing is sent but what is written to it. */
enum NoFiles implements FileOutput {
    INSTANCE;

    @Override
    public boolean sendsFiles() {
        return false;
    }

    @Override
    public void send(FileChannel file, long offset, long length) {
        throw new IllegalStateException("the stream takes no files");
    }
}
