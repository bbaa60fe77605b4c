package dev.berth.gateway.http;

import io.netty.channel.DefaultFileRegion;
import java.nio.channels.FileChannel;

/** A part of a file that the kernel sends; the file stays the caller's. */
final class BorrowedFile extends DefaultFileRegion {
    BorrowedFile(FileChannel file, long offset, long length) {
        super(file, offset, length);
    }

    @Override
    protected void deallocate() {
        // The caller closes the file.
    }
}
