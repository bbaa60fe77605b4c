package dev.berth.gateway.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of an HTTP/1 connection, or the one of an HTTP/2 stream, and their answers in order. What comes while one is
 * answered waits, and nothing is read then but that one's body. Runs on the event loop of its channel, but for what
 * {@link Watched} has.
 */
final class Conversation extends ChannelInboundHandlerAdapter implements Watched {
    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
    // What is read of a body that nobody wants, so that the connection can be used again.
    private static final long DISCARDED = 1 << 20;
    // How long a client may take to see an answer that came before it had sent its body, and to stop.
    private static final Duration LINGER = Duration.ofSeconds(5);

    private final Traffic traffic;
    private final Line line;
    private final ArrayDeque<Object> waiting = new ArrayDeque<>();
    private @Nullable Exchange exchange;
    private boolean receiving;
    private boolean keepAlive = true;
    private boolean idle = true;
    private boolean taking;
    private boolean inputOver;

    Conversation(Traffic traffic, Channel channel, boolean http2, boolean secure) {
        this.traffic = traffic;
        this.line = new Line(traffic.limits(), channel, http2, secure);
    }

    Line line() {
        return line;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        traffic.watch(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        traffic.unwatch(this);
    }

    @Override
    public long deadline() {
        return line.deadline();
    }

    @Override
    public void expire() {
        line.later(() -> {
            if (isOver(System.nanoTime())) {
                LOG.debug("{}: the client took too long", line.channel().remoteAddress());
                line.cut(false);
            }
        });
    }

    @Override
    public void stop() {
        line.later(() -> {
            if (!line.isHttp2()) {
                keepAlive = false;
                if (exchange == null && !receiving && waiting.isEmpty()) {
                    line.close();
                }
            }
        });
    }

    /** Bytes came. If they begin a request, its head is to be complete in time. */
    void bytesCame() {
        if (idle) {
            idle = false;
            line.within(traffic.limits().headTime().toNanos());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        boolean begins = message instanceof io.netty.handler.codec.http.HttpRequest;
        if (line.isClosing()) {
            ReferenceCountUtil.release(message);
        } else if (!waiting.isEmpty() || (begins && !isReady())) {
            waiting.add(message);
        } else {
            take(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        settle();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (line.isWritable() && exchange == null) {
            next();
            settle();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputOver = true;
            requestCut("the client stopped in the middle of its request");
            if (exchange == null) {
                next();
            }
            settle();
        }
        ReferenceCountUtil.release(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        line.ended();
        requestCut("the client is gone");
        Exchange cut = exchange;
        exchange = null;
        if (cut != null) {
            cut.clientGone();
        }
        waiting.forEach(ReferenceCountUtil::release);
        waiting.clear();
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("{}: {}", ctx.channel().remoteAddress(), cause.toString());
        line.cut(false);
    }

    private boolean isReady() {
        return exchange == null && !receiving && line.isWritable();
    }

    private void take(Object message) {
        if (message instanceof io.netty.handler.codec.http.HttpRequest head) {
            begin(new RequestHead(head));
        }
        if (message instanceof HttpContent content) {
            content(content);
        } else if (!(message instanceof io.netty.handler.codec.http.HttpRequest)) {
            ReferenceCountUtil.release(message); // a frame that means nothing here
        }
    }

    private void begin(RequestHead head) {
        // Nothing follows a head that the codec could not read.
        receiving = !(head.head() instanceof LastHttpContent)
                && head.head().decoderResult().isSuccess();
        idle = false;
        line.withoutDeadline();
        Exchange begun = new Exchange(traffic, this, head);
        exchange = begun;
        if (!receiving) {
            begun.body().end();
        }
        if (!head.head().decoderResult().isSuccess() || !HttpUtil.isKeepAlive(head.head()) || traffic.isStopping()) {
            keepAlive = false;
        }
        begun.begin();
    }

    private void content(HttpContent content) {
        Exchange current = exchange;
        if (!receiving) { // of a request that was cut
            content.release();
            return;
        }
        if (!content.decoderResult().isSuccess()) {
            content.release();
            keepAlive = false;
            requestCut("the body is malformed");
            if (current == null) {
                answered(0);
            }
            return;
        }
        if (current == null) {
            content.release();
        } else {
            current.received(content.content());
        }
        if (content instanceof LastHttpContent) {
            receiving = false;
            if (current == null) {
                answered(0);
            } else {
                current.body().end();
            }
        }
    }

    private void requestCut(String why) {
        if (receiving) {
            receiving = false;
            keepAlive = false;
            if (exchange != null) {
                exchange.body().fail(why);
            }
        }
    }

    /** Whether the connection is kept after the current answer; decides it if its request is still coming. */
    boolean keepsAlive(long unreceived, boolean closeDelimited) {
        keepAlive &= !closeDelimited && !(receiving && unreceived > DISCARDED);
        return keepAlive;
    }

    /** Whether this is what is answered now: not if the client has gone. */
    boolean isAt(Exchange some) {
        return exchange == some;
    }

    /**
     * The last part of the current answer was sent, or the rest of its request came after that.
     *
     * @param size of the answer in bytes
     */
    void answered(long size) {
        exchange = null;
        if (keepAlive && !line.isHttp2()) {
            if (!receiving) {
                next();
            }
        } else if (receiving && !(inputOver && waiting.isEmpty())) {
            // To close now could take the answer from a client that still sends.
            line.within(LINGER.toNanos());
            line.stopRequest();
        } else if (line.isHttp2()) {
            line.withinTimeFor(size); // the stream ends by itself
        } else {
            line.closeAfter(size);
        }
    }

    private void next() {
        if (taking) {
            return; // the caller's loop goes on
        }
        taking = true;
        while (!line.isClosing() && !waiting.isEmpty() && (isReady() || !begins(waiting.element()))) {
            take(waiting.remove());
        }
        taking = false;
        if (!line.isClosing() && exchange == null && !receiving && waiting.isEmpty()) {
            if (inputOver) {
                line.closeAfter(0);
                return;
            }
            idle = true;
            if (line.isWritable()) {
                line.within(traffic.limits().idle().toNanos());
            } else {
                line.withinTimeFor(0);
            }
        }
    }

    private static boolean begins(Object message) {
        return message instanceof io.netty.handler.codec.http.HttpRequest;
    }

    /** Flushes what was written, and reads on if there is use for it. */
    void settle() {
        line.flush();
        if (!line.isClosing() && !inputOver && waiting.isEmpty() && wantsMore()) {
            line.read();
        }
    }

    private boolean wantsMore() {
        Exchange current = exchange;
        if (current == null) {
            return receiving || line.isWritable();
        }
        return receiving && current.wantsBody();
    }
}
