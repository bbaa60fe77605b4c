package dev.berth.node.nri.ttrpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.berth.node.nri.ttrpc.wire.KeyValue;
import dev.berth.node.nri.ttrpc.wire.Request;
import dev.berth.node.nri.ttrpc.wire.Response;
import dev.berth.node.nri.ttrpc.wire.Status;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the calls that come over one connection, each on a thread of its own. Unary calls only; what is answered to a call
 * that breaks the rules is what ttrpc in Go answers. The requests at work are bounded in number and bytes: further ones are
 * answered with {@link Code#RESOURCE_EXHAUSTED}.
 */
public final class TtrpcServer implements Closeable {
    /** How many calls may be at work at a time. */
    public static final int MAX_CALLS = 256;

    /** How many bytes the requests at work may have in all. */
    static final int MAX_BYTES = 32 << 20;

    private static final Duration FOREVER = Duration.ofDays(1);

    private static final Logger LOG = LoggerFactory.getLogger(TtrpcServer.class);

    private final MessageChannel channel;
    private final Map<String, Map<String, TtrpcMethod>> services;
    private final Consumer<String> late;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private long lastStream;

    /**
     * A server that waits to {@link #serve}.
     *
     * @param connection closed with this server
     * @param stall how long a message may take that has begun
     * @param services the methods by the name of their service and their own
     * @param late told the name of a method when its answer went out after the caller's deadline: the caller takes it for
     *     unanswered
     */
    public TtrpcServer(
            ByteConnection connection,
            Duration stall,
            Map<String, Map<String, TtrpcMethod>> services,
            Consumer<String> late) {
        this.late = late;
        this.channel = new MessageChannel(connection, stall);
        this.services = Map.copyOf(services);
    }

    /**
     * Reads calls until the connection ends.
     *
     * @throws IOException if it broke, or what came is no ttrpc; one line
     */
    public void serve() throws IOException {
        try {
            for (Optional<Message> next = channel.read(); next.isPresent(); next = channel.read()) {
                take(next.get());
            }
        } finally {
            channel.close();
        }
    }

    private void take(Message message) {
        try {
            switch (message) {
                case Message.Oversized large -> throw large.refusal();
                case Message.Whole whole when whole.type() == Message.REQUEST -> accept(whole);
                case Message.Whole whole
                when whole.type() == Message.DATA ->
                    throw new TtrpcException(Code.INVALID_ARGUMENT, "StreamID is no longer active");
                // Later versions may have further types.
                case Message.Whole ignored -> {}
            }
        } catch (TtrpcException e) {
            respond(message.stream(), failure(e.code(), String.valueOf(e.getMessage())));
        }
    }

    private void accept(Message.Whole message) throws TtrpcException {
        long stream = Integer.toUnsignedLong(message.stream());
        if (stream % 2 != 1) {
            throw new TtrpcException(Code.INVALID_ARGUMENT, "StreamID must be odd for client initiated streams");
        }
        if (stream <= lastStream) {
            throw new TtrpcException(Code.INVALID_ARGUMENT, "StreamID cannot be re-used and must increment");
        }
        lastStream = stream;
        if ((message.flags() & Message.REMOTE_OPEN) != 0) {
            throw new TtrpcException(Code.UNIMPLEMENTED, "streaming requests are not supported");
        }
        // Only this thread adds, so that the bounds hold.
        int size = message.payload().size();
        if (calls.get() >= MAX_CALLS || bytes.get() + size > MAX_BYTES) {
            throw new TtrpcException(Code.RESOURCE_EXHAUSTED, "too many calls are under way");
        }
        calls.incrementAndGet();
        bytes.addAndGet(size);
        long arrived = System.nanoTime();
        Thread.ofVirtual().name("ttrpc-call").start(() -> {
            try {
                answer(message, arrived);
            } finally {
                calls.decrementAndGet();
                bytes.addAndGet(-size);
            }
        });
    }

    private void answer(Message.Whole message, long arrived) {
        Request request;
        try {
            request = Request.parseFrom(message.payload());
        } catch (InvalidProtocolBufferException e) {
            respond(message.stream(), malformed(e));
            return;
        }
        respond(message.stream(), answer(request));
        if (request.getTimeoutNano() != 0 && System.nanoTime() - arrived > request.getTimeoutNano()) {
            late.accept(request.getMethod());
        }
    }

    private static Response malformed(InvalidProtocolBufferException e) {
        return failure(Code.INVALID_ARGUMENT, "the request is malformed: " + e.getMessage());
    }

    private Response answer(Request request) {
        try {
            return Response.newBuilder().setPayload(call(request)).build();
        } catch (InvalidProtocolBufferException e) {
            return malformed(e);
        } catch (TtrpcException e) {
            return failure(e.code(), String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            return failure(Code.CANCELLED, "the call was interrupted");
        }
    }

    private ByteString call(Request request)
            throws TtrpcException, InvalidProtocolBufferException, InterruptedException {
        Map<String, TtrpcMethod> service = services.get(request.getService());
        if (service == null) {
            throw new TtrpcException(Code.UNIMPLEMENTED, "service " + request.getService());
        }
        TtrpcMethod method = service.get(request.getMethod());
        if (method == null) {
            throw new TtrpcException(Code.UNIMPLEMENTED, "method " + request.getMethod());
        }
        Map<String, List<String>> metadata = new HashMap<>();
        for (KeyValue entry : request.getMetadataList()) {
            metadata.computeIfAbsent(entry.getKey(), key -> new ArrayList<>()).add(entry.getValue());
        }
        Optional<Duration> timeout = request.getTimeoutNano() == 0
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(Math.max(0, request.getTimeoutNano())));
        TtrpcCall call = new TtrpcCall(timeout, metadata);
        try {
            return Bounded.run(
                    timeout.orElse(FOREVER),
                    () -> method.answer(request.getPayload(), call).toByteString());
        } catch (TimeoutException e) {
            throw new TtrpcException(Code.DEADLINE_EXCEEDED, request.getMethod() + " took too long");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case TtrpcException failure -> throw failure;
                case InvalidProtocolBufferException malformed -> throw malformed;
                case InterruptedException interrupted -> throw interrupted;
                case null, default -> {
                    LOG.error("cannot answer a call of {}", request.getMethod(), e.getCause());
                    throw new TtrpcException(Code.INTERNAL, "internal error: " + e.getCause());
                }
            }
        }
    }

    private static Response failure(Code code, String message) {
        return Response.newBuilder()
                .setStatus(Status.newBuilder().setCode(code.number()).setMessage(message))
                .build();
    }

    private void respond(int stream, Response response) {
        try {
            byte[] whole = response.toByteArray();
            channel.write(
                    stream,
                    Message.RESPONSE,
                    whole.length <= MessageChannel.MAX_MESSAGE ? whole : tooLarge(whole.length));
        } catch (IOException e) {
            LOG.debug("cannot answer on stream {}: {}", stream, e.getMessage());
            // The reader says what became of the connection.
            channel.close();
        }
    }

    private static byte[] tooLarge(int length) {
        TtrpcException refusal = TtrpcException.oversized(length);
        return failure(refusal.code(), String.valueOf(refusal.getMessage())).toByteArray();
    }

    /** Ends the connection. Calls at work go on, but are not answered. */
    @Override
    public void close() {
        channel.close();
    }
}
