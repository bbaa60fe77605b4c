package dev.berth.node.grpc;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/** Netty, kept small: CSI calls are rare and short, so one thread and no pool of buffers do. */
final class Netty {
    /** Heap buffers made for each message: a pool's arenas would cost megabytes that an idle agent never uses. */
    static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(false);

    private static final long QUIET_MILLIS = 0;
    private static final long STOP_MILLIS = 2_000;

    private Netty() {}

    static EventLoopGroup oneThread(String name) {
        return new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(name, true), EpollIoHandler.newFactory());
    }

    static void stop(EventLoopGroup loop) {
        loop.shutdownGracefully(QUIET_MILLIS, STOP_MILLIS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(STOP_MILLIS);
    }
}
