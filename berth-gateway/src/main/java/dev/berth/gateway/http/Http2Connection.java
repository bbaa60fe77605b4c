package dev.berth.gateway.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.util.ReferenceCountUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An HTTP/2 connection, which carries streams; it ends when it had none for too long. Event loop, but for {@link Watched}. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends the connection, of which its handlers hear
final class Http2Connection extends ChannelInboundHandlerAdapter implements Watched {
    private static final Logger LOG = LoggerFactory.getLogger(Http2Connection.class);

    private final Traffic traffic;
    private final Channel channel;
    private int streams;
    private boolean stopping;
    private volatile long deadline;

    Http2Connection(Traffic traffic, Channel channel) {
        this.traffic = traffic;
        this.channel = channel;
        this.deadline = System.nanoTime() + traffic.limits().headTime().toNanos();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        traffic.watch(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        traffic.unwatch(this);
    }

    /** A stream began. */
    void opened() {
        streams++;
        deadline = NEVER;
    }

    /** A stream ended. */
    void closed() {
        streams--;
        if (streams == 0) {
            deadline = System.nanoTime() + traffic.limits().idle().toNanos();
            if (stopping) {
                channel.close();
            }
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
        ReferenceCountUtil.release(frame); // settings, pings: the codec has answered them
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("{}: {}", channel.remoteAddress(), cause.toString());
        channel.close();
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public void expire() {
        channel.close();
    }

    /** Says that no more streams are taken, and closes the connection after the last one. */
    @Override
    public void stop() {
        channel.eventLoop().execute(() -> {
            stopping = true;
            if (streams == 0) {
                channel.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR))
                        .addListener(ChannelFutureListener.CLOSE);
            } else {
                channel.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
            }
        });
    }
}
