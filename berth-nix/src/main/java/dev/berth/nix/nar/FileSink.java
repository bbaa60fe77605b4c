package dev.berth.nix.nar;

import java.io.IOException;
import java.io.OutputStream;

/** Writes the bytes of a tree that is one regular file, and refuses every other tree. */
public final class FileSink implements NarSink {
    private final OutputStream out;
    private final long most;
    private final String refusal;

    /**
     * @param out not closed
     * @param most bytes that the file may have; a larger one is refused before its first byte
     * @param refusal what to say of a directory or symbolic link
     */
    public FileSink(OutputStream out, long most, String refusal) {
        this.out = out;
        this.most = most;
        this.refusal = refusal;
    }

    @Override
    public void startFile(boolean executable, long size) throws NarException {
        if (size > most) {
            throw new NarException("the file has " + size + " bytes, more than " + most);
        }
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        out.write(buffer, offset, length);
    }

    @Override
    public void endFile() {
        // All has come.
    }

    @Override
    public void startDirectory() throws NarException {
        throw new NarException(refusal);
    }

    @Override
    public void entry(byte[] name) throws NarException {
        throw new NarException(refusal);
    }

    @Override
    public void endDirectory() throws NarException {
        throw new NarException(refusal);
    }

    @Override
    public void symlink(byte[] target) throws NarException {
        throw new NarException(refusal);
    }
}
