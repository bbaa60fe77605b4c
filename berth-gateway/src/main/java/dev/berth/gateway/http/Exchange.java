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
import io.netty.util.ReferenceCounted;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request and its answer. Runs on the event loop, but for {@link #run}, which has a thread of its own, and for what that
 * thread calls: {@link ReplyBody.Outlet}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends the connection, of which its handlers hear
final class Exchange implements Runnable, ReplyBody.Outlet {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final String FAILED = "the cache could not answer: its log says why";
    private static final int RETRY_SECONDS = 1;

    private final Traffic traffic;
    private final Conversation conversation;
    private final Line line;
    private final RequestHead head;
    private final RequestBody body;
    private final HttpRequest request;
    private final long start = System.nanoTime();
    private boolean continued;
    private long received;
    private volatile @Nullable ReplyBody reply;
    // Of an answer whose body is made while it is sent, until it is sent.
    private @Nullable HttpResponse unsent;
    private volatile boolean gone;
    private boolean closeDelimited;
    private int status;

    Exchange(Traffic traffic, Conversation conversation, RequestHead head) {
        this.traffic = traffic;
        this.conversation = conversation;
        this.line = conversation.line();
        this.head = head;
        this.body = new RequestBody(traffic.limits(), () -> line.later(this::askForBody));
        this.request = head.request(line.isSecure(), body);
    }

    RequestBody body() {
        return body;
    }

    /** Answers at once, or begins to. */
    void begin() {
        Optional<HttpReply.Whole> refusal = head.refusal(traffic.limits());
        if (refusal.isPresent()) {
            answer(refusal.get());
            return;
        }
        Optional<HttpReply.Whole> quick = Optional.empty();
        if (!head.announcesBody()) {
            try {
                quick = traffic.routes().quick(request);
            } catch (RuntimeException e) {
                LOG.error("{} {}", request.method(), request.path(), e);
                quick = Optional.of(Replies.line(500, FAILED));
            }
        }
        if (quick.isPresent()) {
            answer(quick.get());
        } else if (traffic.begun()) {
            Thread.ofVirtual().name("berth-http").start(this);
        } else {
            answer(Replies.later("too many requests are being answered: try again later", RETRY_SECONDS));
        }
    }

    /** A part of the request's body came. */
    void received(ByteBuf part) {
        received += part.readableBytes();
        body.offer(part);
    }

    /** Whether to read more of the request's body. */
    boolean wantsBody() {
        return (continued || !head.expectsContinue()) && body.isHungry();
    }

    private void askForBody() {
        if (!conversation.isAt(this)) {
            return;
        }
        if (head.expectsContinue() && !continued) {
            line.write(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        }
        continued = true;
        conversation.settle();
    }

    /** Lets the thread end that works for a client that has gone. */
    void clientGone() {
        gone = true;
        body.fail("the client is gone");
        ReplyBody begun = reply;
        if (begun != null) {
            begun.fail(new IOException("the client is gone"));
        }
    }

    @Override
    public void run() {
        try {
            switch (ask()) {
                case HttpReply.Whole whole -> send(whole);
                case HttpReply.Streamed streamed -> stream(streamed);
            }
        } finally {
            body.discard();
            traffic.ended();
        }
    }

    private HttpReply ask() {
        try {
            return traffic.routes().answer(request);
        } catch (IOException | RuntimeException | Error e) {
            return body.hasFailed()
                    ? Replies.line(408, "the body of the request did not come: " + e.getMessage())
                    : failed(e);
        }
    }

    private HttpReply.Whole failed(Throwable e) {
        LOG.error("{} {}", request.method(), request.path(), e);
        return Replies.line(500, FAILED);
    }

    private void send(HttpReply.Whole whole) {
        line.later(() -> {
            answer(whole);
            conversation.settle();
        });
    }

    private void stream(HttpReply.Streamed streamed) {
        if (head.isHead() || Replies.isBodiless(streamed.status())) {
            line.later(() -> {
                answer(streamed, new byte[0]);
                conversation.settle();
            });
            return;
        }
        ReplyBody out = new ReplyBody(this, traffic.limits(), streamed.length().orElse(-1));
        reply = out;
        if (gone) {
            return;
        }
        try {
            unsent = new DefaultHttpResponse(
                    HttpVersion.HTTP_1_1,
                    HttpResponseStatus.valueOf(streamed.status()),
                    traffic.replies().headers(streamed));
            streamed.body().writeTo(out);
            out.end();
        } catch (IOException | RuntimeException | Error e) {
            out.abandon();
            if (!out.isClientGone() && !out.hasBegun()) {
                send(failed(e));
                return;
            }
            traffic.metrics().cut(out.isClientGone());
            if (out.isClientGone()) {
                LOG.debug("{} {}: {}", request.method(), request.path(), e.getMessage());
            } else {
                LOG.error(
                        "{} {}: the answer was cut off after {} bytes",
                        request.method(),
                        request.path(),
                        out.total(),
                        e);
            }
            cut();
        }
    }

    private void cut() {
        line.later(() -> {
            if (conversation.isAt(this)) {
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
            ReplyBody out = reply;
            if (out == null || !conversation.isAt(this)) {
                piece.release();
                return;
            }
            HttpResponse first = unsent;
            if (first != null) {
                unsent = null;
                status = first.status().code();
                addFraming(first.headers(), status);
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

    /** Sends an answer that is complete. */
    private void answer(HttpReply.Whole whole) {
        answer(whole, head.isHead() || Replies.isBodiless(whole.status()) ? new byte[0] : whole.body());
    }

    private void answer(HttpReply of, byte[] bytes) {
        if (!conversation.isAt(this)) {
            return; // the client is gone
        }
        HttpHeaders headers;
        try {
            headers = traffic.replies().headers(of);
        } catch (IllegalArgumentException e) {
            answer(failed(e));
            return;
        }
        status = of.status();
        addFraming(headers, status);
        line.write(new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(status),
                bytes.length == 0 ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(bytes),
                headers,
                EmptyHttpHeaders.INSTANCE));
        over(bytes.length);
    }

    private void over(long size) {
        traffic.metrics().answered(request.path(), status, System.nanoTime() - start, received, size);
        conversation.answered(size);
    }

    /** Says in a head of HTTP/1 how the body ends, and what becomes of the connection then. */
    private void addFraming(HttpHeaders headers, int of) {
        if (!line.isHttp2()) {
            closeDelimited = Replies.addFraming(headers, of, head);
            Replies.addConnection(headers, conversation.keepsAlive(unreceived(), closeDelimited), head);
        }
    }

    /** How many bytes of the request's body are to come; very many if nobody knows, or if they wait for a word. */
    private long unreceived() {
        if (!head.announcesBody()) {
            return 0;
        }
        if (head.expectsContinue() && !continued) {
            return Long.MAX_VALUE;
        }
        return head.length() < 0 ? Long.MAX_VALUE : head.length() - received;
    }
}
