package dev.berth.wire.worker;

import dev.berth.nix.nar.NarException;
import dev.berth.nix.nar.NarSink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Keeps the bytes of a NAR that is one file. */
final class FileBytes implements NarSink {
    private final long most;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** @param most bytes that the file may have */
    FileBytes(long most) {
        this.most = most;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        if (size > most) {
            throw new NarException("the file is larger than " + most + " bytes");
        }
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) {
        bytes.write(buffer, offset, length);
    }

    @Override
    public void endFile() {}

    @Override
    public void startDirectory() throws IOException {
        throw new NarException("a directory where a file should be");
    }

    @Override
    public void entry(byte[] name) throws IOException {
        throw new NarException("a directory where a file should be");
    }

    @Override
    public void endDirectory() throws IOException {
        throw new NarException("a directory where a file should be");
    }

    @Override
    public void symlink(byte[] target) throws IOException {
        throw new NarException("a symlink where a file should be");
    }
}
