package dev.berth.bench;

import dev.berth.nix.StoreDir;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Transport;
import dev.berth.wire.worker.WorkerClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** Connections to a daemon's socket without a pool: what is measured is the daemon. */
record DaemonClient(SocketChannel channel) implements Transport {
    static WorkerClient connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        return WorkerClient.connect(new DaemonClient(channel), StoreDir.DEFAULT, Timeouts.DEFAULT);
    }

    @Override
    public InputStream in() {
        return Channels.newInputStream(channel);
    }

    @Override
    public OutputStream out() {
        return Channels.newOutputStream(channel);
    }

    @Override
    public String peer() {
        return "the daemon";
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
