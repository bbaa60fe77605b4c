package dev.berth.nix.nar;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;

/** A stream of bytes to which the kernel may send a part of a file, so that nobody reads and writes it. */
public interface FileOutput {
    /** What a stream is of that: one that sends no files, if it is none. */
    static FileOutput of(OutputStream out) {
        return out instanceof FileOutput files ? files : NoFiles.INSTANCE;
    }

    /** Whether {@link #send} may be called, by this thread. */
    boolean sendsFiles();

    /**
     * Writes a part of a file.
     *
     * @param file stays the caller's, but is closed if the thread is interrupted meanwhile
     * @throws java.io.EOFException if the file ends before
     */
    void send(FileChannel file, long offset, long length) throws IOException;
}
