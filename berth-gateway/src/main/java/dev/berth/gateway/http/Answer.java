package dev.berth.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.FileRegion;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCounted;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the answer to a request. Runs on the event loop, but for {@link #body}, {@link #announce} and what a body calls of it
 * ({@link ReplyBody.Outlet}), which the thread does that makes the body, and {@link #cut}, which any may do.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends the connection, of which its handlers hear
final class Answer implements ReplyBody.Outlet {
    private static final Logger LOG = LoggerFactory.getLogger(Answer.class);

    private final Exchange exchange;
    private final Traffic traffic;
    private final Conversation conversation;
    private final Line line;
    private final RequestHead head;
    private final long start = System.nanoTime();
    private volatile @Nullable ReplyBody body;
    // Of an answer whose body is made while it is sent, until it is sent.
    private @Nullable HttpResponse unsent;
    private boolean closeDelimited;
    private int status;

    Answer(Exchange exchange, Traffic traffic, Conversation conversation, RequestHead head) {
        this.exchange = exchange;
        this.traffic = traffic;
        this.conversation = conversation;
        this.line = conversation.line();
        this.head = head;
    }

    /** Writes one that is complete. */
    void whole(HttpReply.Whole whole) {
        write(whole, head.isHead() || Replies.isBodiless(whole.status()) ? new byte[0] : whole.body());
    }

    /** Writes the head of one whose body nobody wants. */
    void head(HttpReply.Streamed streamed) {
        write(streamed, new byte[0]);
    }

    private void write(HttpReply of, byte[] bytes) {
        if (!conversation.isAt(exchange)) {
            return; // the client is gone
        }
        HttpHeaders headers;
        try {
            headers = traffic.replies().headers(of);
        } catch (IllegalArgumentException e) {
            LOG.error("{} {}", exchange.request().method(), exchange.request().path(), e);
            whole(Exchange.FAILED);
            return;
        }
        status = of.status();
        addFraming(headers);
        line.write(new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(status),
                bytes.length == 0 ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(bytes),
                headers,
                EmptyHttpHeaders.INSTANCE));
        over(bytes.length);
    }

    /** Writes a NAR that is kept. The next answer waits until it is gone: files do not count as what a client has to take. */
    void kept(HttpReply.Kept kept) {
        HttpHeaders headers = traffic.replies().headers(kept);
        status = kept.status();
        addFraming(headers);
        long size = kept.nar().length();
        line.withinTimeFor(size);
        line.write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), headers));
        line.write(new KeptRegion(kept.nar()));
        line.write(LastHttpContent.EMPTY_LAST_CONTENT).addListener(done -> {
            if (done.isSuccess() && conversation.isAt(exchange)) {
                over(size);
                conversation.settle();
            }
        });
    }

    /** Where the body of an answer goes; {@link #announce} is to follow. */
    ReplyBody body(HttpReply.Streamed streamed) {
        ReplyBody made = new ReplyBody(this, traffic.limits(), streamed.length().orElse(-1));
        body = made;
        return made;
    }

    /** The head that goes with the first piece of the body. */
    void announce(HttpReply.Streamed streamed) {
        unsent = new DefaultHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(streamed.status()),
                traffic.replies().headers(streamed));
    }

    /** Ends the connection in the middle of the answer. */
    void cut() {
        line.later(() -> {
            if (conversation.isAt(exchange)) {
                line.cut(closeDelimited);
            }
        });
    }

    @Override
    public ByteBuf allocate(int capacity) {
        return capacity == 0 ? Unpooled.EMPTY_BUFFER : line.channel().alloc().directBuffer(capacity, capacity);
    }

    @Override
    public boolean takesFiles() {
        return !line.isHttp2() && !line.isSecure();
    }

    @Override
    public void send(ReferenceCounted piece, boolean last, int size) {
        line.later(() -> {
            ReplyBody out = body;
            if (out == null || !conversation.isAt(exchange)) {
                piece.release();
                return;
            }
            HttpResponse first = unsent;
            if (first != null) {
                unsent = null;
                status = first.status().code();
                addFraming(first.headers());
                line.write(first);
            }
            ChannelFuture written = switch (piece) {
                case ByteBuf bytes when last -> line.write(new DefaultLastHttpContent(bytes));
                case ByteBuf bytes -> line.write(new DefaultHttpContent(bytes));
                case FileRegion file -> line.write(file);
                default -> throw new IllegalArgumentException(piece.toString());
            };
            written.addListener(done -> {
                if (done.isSuccess()) {
                    out.sent(size);
                } else {
                    out.fail(new IOException(
                            "the client is gone: " + done.cause().getMessage(), done.cause()));
                }
            });
            if (last) {
                over(out.total());
            }
            conversation.settle();
        });
    }

    private void over(long size) {
        traffic.metrics()
                .answered(exchange.request().path(), status, System.nanoTime() - start, exchange.received(), size);
        conversation.answered(size);
    }

    /** Says in a head of HTTP/1 how the body ends, and what becomes of the connection then. */
    private void addFraming(HttpHeaders headers) {
        if (!line.isHttp2()) {
            closeDelimited = Replies.addFraming(headers, status, head);
            Replies.addConnection(headers, conversation.keepsAlive(exchange.unreceived(), closeDelimited), head);
        }
    }
}
