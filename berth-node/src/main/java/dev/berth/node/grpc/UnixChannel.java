package dev.berth.node.grpc;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;

/** A client's connection to a gRPC server on a unix socket. Connects at the first call. */
public final class UnixChannel implements AutoCloseable {
    /** What grpc-go, and so kubelet, sends for a unix socket since 1.34. */
    public static final String AUTHORITY = "localhost";

    private final EventLoopGroup loop = Netty.oneThread("berth-grpc-client");
    private final ManagedChannel channel;

    /** @param authority what to call the server, in the {@code :authority} header of each call */
    public UnixChannel(Path socket, String authority) {
        this.channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .eventLoopGroup(loop)
                .channelType(EpollDomainSocketChannel.class)
                .withOption(ChannelOption.ALLOCATOR, Netty.ALLOCATOR)
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .overrideAuthority(authority)
                .directExecutor()
                .usePlaintext()
                .build();
    }

    /** For stubs. */
    public ManagedChannel channel() {
        return channel;
    }

    /** Closes the connection; calls under way fail. */
    @Override
    public void close() {
        channel.shutdownNow();
        Netty.stop(loop);
    }
}
