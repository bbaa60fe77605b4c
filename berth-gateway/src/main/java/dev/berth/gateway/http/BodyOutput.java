package dev.berth.gateway.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;

/**
 * Takes the body of a reply. Writes wait while the client does not read, with a deadline. One thread.
 */
abstract class BodyOutput extends OutputStream {
    @Override
    public final void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public abstract void write(byte[] bytes, int offset, int length) throws IOException;

    /**
     * Writes a part of a file, by the kernel alone where the connection allows it. Returns when the file is not needed any
     * more; worth it for parts of all sizes.
     *
     * @throws IOException if the file ends before, or the client is gone
     */
    abstract void file(FileChannel file, long offset, long length) throws IOException;
}
