package dev.berth.node.nri.ttrpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.berth.node.nri.ttrpc.wire.KeyValue;
import dev.berth.node.nri.ttrpc.wire.Request;
import dev.berth.node.nri.ttrpc.wire.Response;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/** Calls the methods of a ttrpc server, many at a time on one connection. Unary calls only. */
public final class TtrpcClient implements Closeable {
    /** How many calls may wait for their answers at a time. */
    public static final int MAX_CALLS = 256;

    private final MessageChannel channel;
    private final ReentrantLock sending = new ReentrantLock();
    private final Map<Integer, CompletableFuture<Response>> waiting = new ConcurrentHashMap<>();
    private final AtomicReference<String> end = new AtomicReference<>("");
    private int nextStream = 1;

    /**
     * Starts to read answers.
     *
     * @param connection closed with this client
     * @param stall how long a message may take that has begun
     */
    public TtrpcClient(ByteConnection connection, Duration stall) {
        this.channel = new MessageChannel(connection, stall);
        Thread.ofVirtual().name("ttrpc-client").start(this::readAnswers);
    }

    /**
     * Calls a method and waits for its answer.
     *
     * @param timeout how long to wait; the server is told
     * @throws TtrpcException what the server answered, {@link Code#DEADLINE_EXCEEDED} if it did not in time, {@link
     *     Code#UNAVAILABLE} if the connection broke, {@link Code#RESOURCE_EXHAUSTED} if the request is too large
     * @throws InterruptedException if this thread is interrupted; the call may take place
     */
    public <T> T call(String service, String method, MessageLite request, Parser<T> answers, Duration timeout)
            throws TtrpcException, InterruptedException {
        return call(service, method, request, answers, timeout, Map.of());
    }

    /** As {@link #call(String, String, MessageLite, Parser, Duration)}, with metadata. */
    public <T> T call(
            String service,
            String method,
            MessageLite request,
            Parser<T> answers,
            Duration timeout,
            Map<String, String> metadata)
            throws TtrpcException, InterruptedException {
        Request.Builder message = Request.newBuilder()
                .setService(service)
                .setMethod(method)
                .setPayload(request.toByteString())
                .setTimeoutNano(timeout.toNanos());
        metadata.forEach((key, value) ->
                message.addMetadata(KeyValue.newBuilder().setKey(key).setValue(value)));
        Response response = exchange(method, message.build().toByteArray(), timeout);
        if (response.getStatus().getCode() != Code.OK.number()) {
            throw new TtrpcException(
                    Code.of(response.getStatus().getCode()),
                    response.getStatus().getMessage());
        }
        try {
            return answers.parseFrom(response.getPayload());
        } catch (InvalidProtocolBufferException e) {
            throw new TtrpcException(Code.INTERNAL, "the answer to " + method + " is malformed: " + e.getMessage());
        }
    }

    private Response exchange(String method, byte[] request, Duration timeout)
            throws TtrpcException, InterruptedException {
        CompletableFuture<Response> answer = new CompletableFuture<>();
        int stream = send(request, answer);
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new TtrpcException(
                    Code.DEADLINE_EXCEEDED, method + " was not answered within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TtrpcException failure) {
                throw failure;
            }
            throw new IllegalStateException(e);
        } finally {
            waiting.remove(stream);
        }
    }

    /** Under one lock, as the server wants the streams in their order. */
    private int send(byte[] request, CompletableFuture<Response> answer) throws TtrpcException {
        sending.lock();
        try {
            if (waiting.size() >= MAX_CALLS) {
                throw new TtrpcException(Code.RESOURCE_EXHAUSTED, MAX_CALLS + " calls wait for their answers");
            }
            if (nextStream < 0) {
                throw new TtrpcException(Code.UNAVAILABLE, "the connection has no numbers left for calls");
            }
            int stream = nextStream;
            waiting.put(stream, answer);
            boolean sent = false;
            try {
                // Who ends the client fails what waits then; this call may have come after.
                failIfEnded();
                channel.write(stream, Message.REQUEST, request);
                sent = true;
            } finally {
                if (!sent) {
                    waiting.remove(stream);
                }
            }
            nextStream += 2;
            return stream;
        } catch (TtrpcException e) {
            throw e;
        } catch (IOException e) {
            throw new TtrpcException(Code.UNAVAILABLE, "the connection broke: " + e.getMessage());
        } finally {
            sending.unlock();
        }
    }

    private void failIfEnded() throws TtrpcException {
        if (!end.get().isEmpty()) {
            throw new TtrpcException(Code.UNAVAILABLE, end.get());
        }
    }

    private void readAnswers() {
        String why = "the peer has closed the connection";
        try {
            for (Optional<Message> next = channel.read(); next.isPresent(); next = channel.read()) {
                answered(next.get());
            }
        } catch (IOException e) {
            why = "the connection broke: " + e.getMessage();
        } finally {
            end(why);
        }
    }

    /** Answers nobody waits for are those to calls that were given up. */
    private void answered(Message message) {
        CompletableFuture<Response> answer = waiting.get(message.stream());
        if (answer == null) {
            return;
        }
        switch (message) {
            case Message.Oversized large -> answer.completeExceptionally(large.refusal());
            case Message.Whole whole
            when whole.type() == Message.RESPONSE -> {
                try {
                    answer.complete(Response.parseFrom(whole.payload()));
                } catch (InvalidProtocolBufferException e) {
                    answer.completeExceptionally(
                            new TtrpcException(Code.INTERNAL, "the response is malformed: " + e.getMessage()));
                }
            }
            case Message.Whole whole ->
                answer.completeExceptionally(new TtrpcException(
                        Code.INTERNAL, "the peer answers with a message of type " + whole.type() + ", no response"));
        }
    }

    private void end(String why) {
        end.compareAndSet("", why);
        channel.close();
        TtrpcException failure = new TtrpcException(Code.UNAVAILABLE, end.get());
        waiting.values().forEach(answer -> answer.completeExceptionally(failure));
    }

    /** Ends the connection; calls that wait fail. */
    @Override
    public void close() {
        end("the connection is closed");
    }
}
