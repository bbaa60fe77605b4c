package dev.berth.gateway;

import dev.berth.nix.nar.NarException;
import dev.berth.nix.nar.NarSink;
import java.io.ByteArrayOutputStream;

/** Takes the bytes of a tree that is one regular file of limited size. */
final class FileContent implements NarSink {
    private final int limit;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    FileContent(int limit) {
        this.limit = limit;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    @Override
    public void startFile(boolean executable, long size) throws NarException {
        if (size > limit) {
            throw new NarException("the file has " + size + " bytes, more than " + limit);
        }
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) {
        bytes.write(buffer, offset, length);
    }

    @Override
    public void endFile() {
        // All has come.
    }

    @Override
    public void startDirectory() throws NarException {
        throw notAFile();
    }

    @Override
    public void entry(byte[] name) throws NarException {
        throw notAFile();
    }

    @Override
    public void endDirectory() throws NarException {
        throw notAFile();
    }

    @Override
    public void symlink(byte[] target) throws NarException {
        throw notAFile();
    }

    private static NarException notAFile() {
        return new NarException("it is no regular file");
    }
}
