package dev.berth.wire;

import dev.berth.nix.nar.FileOutput;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;

/** Writes to a socket, and has the kernel send files to it. One writer at a time. */
final class SocketOutput extends OutputStream implements FileOutput {
    private final SocketChannel channel;
    private final OutputStream stream;

    SocketOutput(SocketChannel channel) {
        this.channel = channel;
        this.stream = Channels.newOutputStream(channel);
    }

    @Override
    public void write(int b) throws IOException {
        stream.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        stream.write(bytes, offset, length);
    }

    /** A virtual thread's sockets do not block in the kernel, so that it would wait there in vain. */
    @Override
    public boolean sendsFiles() {
        return !Thread.currentThread().isVirtual();
    }

    @Override
    public void send(FileChannel file, long offset, long length) throws IOException {
        for (long sent = 0; sent < length; ) {
            long count = file.transferTo(offset + sent, length - sent, channel);
            if (count == 0) {
                throw new EOFException("a file ends early that is to be sent");
            }
            sent += count;
        }
    }
}
