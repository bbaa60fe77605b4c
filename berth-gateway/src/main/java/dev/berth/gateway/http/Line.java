package dev.berth.gateway.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to a client, a connection or a stream of one: what is written to it, how long the client may take, and its end.
 * Event loop, but for {@link #deadline} and {@link #later}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends the connection, of which its handlers hear
final class Line {
    private static final Logger LOG = LoggerFactory.getLogger(Line.class);

    private final HttpConfig.Limits limits;
    private final Channel channel;
    private final boolean http2;
    private final boolean secure;
    private boolean unflushed;
    private boolean closing;
    private volatile long deadline;

    Line(HttpConfig.Limits limits, Channel channel, boolean http2, boolean secure) {
        this.limits = limits;
        this.channel = channel;
        this.http2 = http2;
        this.secure = secure;
        within(limits.headTime().toNanos());
    }

    Channel channel() {
        return channel;
    }

    boolean isHttp2() {
        return http2;
    }

    boolean isSecure() {
        return secure;
    }

    long deadline() {
        return deadline;
    }

    /** The client has this time. */
    void within(long nanos) {
        deadline = System.nanoTime() + nanos;
    }

    /** The client has the time that so many bytes take that were written. */
    void withinTimeFor(long bytes) {
        within(Patience.nanosFor(limits, bytes + Math.max(0, channel.bytesBeforeWritable())));
    }

    /** Nothing is expected of the client now, or a body has its own patience. */
    void withoutDeadline() {
        deadline = Watched.NEVER;
    }

    /** Does something on the event loop. Any thread. */
    void later(Runnable task) {
        try {
            channel.eventLoop().execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    LOG.error("{}: the connection is given up", channel.remoteAddress(), e);
                    cut(false);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: the server has stopped", channel.remoteAddress());
        }
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    /** Writes, before the next {@link #flush}. */
    ChannelFuture write(Object part) {
        unflushed = true;
        return channel.write(part);
    }

    void flush() {
        if (unflushed) {
            unflushed = false;
            channel.flush();
        }
    }

    void read() {
        channel.read();
    }

    /** Whether it is about to end, so that nothing that comes counts. */
    boolean isClosing() {
        return closing;
    }

    /** It has ended. */
    void ended() {
        closing = true;
    }

    /** Ends it when all that was written is gone, the last answer with so many bytes among it. */
    void closeAfter(long size) {
        closing = true;
        unflushed = false;
        withinTimeFor(size);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    void close() {
        closing = true;
        channel.close();
    }

    /** Says to a client of HTTP/2 that the rest of its request is not needed. */
    void stopRequest() {
        if (http2) {
            write(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR));
        }
    }

    /**
     * Ends it in the middle of an answer, so that nobody takes it for complete.
     *
     * @param closeDelimited whether an orderly end would say that it is
     */
    void cut(boolean closeDelimited) {
        closing = true;
        if (http2) {
            channel.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR))
                    .addListener(ChannelFutureListener.CLOSE);
        } else {
            if (closeDelimited && !secure) {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
            }
            channel.close();
        }
    }
}
