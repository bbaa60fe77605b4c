package dev.berth.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A request and how it is answered. Runs on the event loop, but for {@link #run}, which has a thread of its own. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends the connection, of which its handlers hear
final class Exchange implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    /** Of what only the log tells. */
    static final HttpReply.Whole FAILED = Replies.line(500, "the cache could not answer: its log says why");

    private static final int RETRY_SECONDS = 1;

    private final Traffic traffic;
    private final Conversation conversation;
    private final Line line;
    private final RequestHead head;
    private final RequestBody body;
    private final HttpRequest request;
    private final Answer answer;
    private boolean continued;
    private long received;
    private volatile @Nullable ReplyBody reply;
    private volatile boolean gone;

    Exchange(Traffic traffic, Conversation conversation, RequestHead head) {
        this.traffic = traffic;
        this.conversation = conversation;
        this.line = conversation.line();
        this.head = head;
        this.body = new RequestBody(traffic.limits(), () -> line.later(this::askForBody));
        this.request = head.request(line.isSecure(), body);
        this.answer = new Answer(this, traffic, conversation, head);
    }

    HttpRequest request() {
        return request;
    }

    RequestBody body() {
        return body;
    }

    /** Answers at once, or begins to. */
    void begin() {
        Optional<HttpReply.Whole> refusal = head.refusal(traffic.limits());
        if (refusal.isPresent()) {
            answer.whole(refusal.get());
            return;
        }
        Optional<HttpReply> quick = Optional.empty();
        if (!head.announcesBody()) {
            try {
                quick = traffic.routes().quick(request);
            } catch (RuntimeException e) {
                LOG.error("{} {}", request.method(), request.path(), e);
                quick = Optional.of(FAILED);
            }
        }
        if (quick.isPresent() && began(quick.get())) {
            return;
        }
        if (traffic.begun()) {
            Thread.ofVirtual().name("berth-http").start(this);
        } else {
            answer.whole(Replies.later("too many requests are being answered: try again later", RETRY_SECONDS));
        }
    }

    /** Begins an answer that was at hand, if this connection can take it so. */
    private boolean began(HttpReply quick) {
        switch (quick) {
            case HttpReply.Whole whole -> answer.whole(whole);
            case HttpReply.Kept kept when answer.takesFiles() -> answer.kept(kept);
            case HttpReply.Kept kept -> {
                kept.nar().close();
                return false;
            }
            case HttpReply.Streamed _ -> throw new IllegalStateException("the body of a quick answer is to be made");
        }
        return true;
    }

    /** A part of the request's body came. */
    void received(ByteBuf part) {
        received += part.readableBytes();
        body.offer(part);
    }

    /** How many bytes of the request's body came. */
    long received() {
        return received;
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
                case HttpReply.Kept _ -> throw new IllegalStateException("only quick answers are kept");
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
        return FAILED;
    }

    private void send(HttpReply.Whole whole) {
        line.later(() -> {
            answer.whole(whole);
            conversation.settle();
        });
    }

    private void stream(HttpReply.Streamed streamed) {
        if (head.isHead() || Replies.isBodiless(streamed.status())) {
            line.later(() -> {
                answer.head(streamed);
                conversation.settle();
            });
            return;
        }
        ReplyBody out = answer.body(streamed);
        reply = out;
        if (gone) {
            return;
        }
        try {
            answer.announce(streamed);
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
            answer.cut();
        }
    }

    /** How many bytes of the request's body are to come; very many if nobody knows, or if they wait for a word. */
    long unreceived() {
        if (!head.announcesBody()) {
            return 0;
        }
        if (head.expectsContinue() && !continued) {
            return Long.MAX_VALUE;
        }
        return head.length() < 0 ? Long.MAX_VALUE : head.length() - received;
    }
}
