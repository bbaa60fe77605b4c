package dev.berth.node.nri.ttrpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.StringValue;
import dev.berth.node.nri.ttrpc.wire.Request;
import dev.berth.node.nri.ttrpc.wire.Response;
import dev.berth.testing.Seed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TtrpcTest extends OverSockets {
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final BlockingQueue<String> late = new LinkedBlockingQueue<>();

    private final Map<String, Map<String, TtrpcMethod>> services = Map.of(
            "test.Echo",
            Map.of(
                    "Echo",
                    (payload, call) -> BytesValue.parseFrom(payload),
                    "Metadata",
                    (payload, call) -> StringValue.of(
                            call.metadata() + " " + call.timeout().isPresent()),
                    "Refuse",
                    (payload, call) -> {
                        throw new TtrpcException(Code.PERMISSION_DENIED, "not you");
                    },
                    "Break",
                    (payload, call) -> {
                        throw new IllegalStateException("broken");
                    },
                    "Grow",
                    (payload, call) -> BytesValue.of(ByteString.copyFrom(new byte[MessageChannel.MAX_MESSAGE])),
                    "Wait",
                    (payload, call) -> {
                        try {
                            release.await();
                        } catch (InterruptedException e) {
                            interrupted.countDown();
                            throw e;
                        }
                        return BytesValue.getDefaultInstance();
                    }));

    @AfterEach
    void letGo() {
        release.countDown();
    }

    private TtrpcClient direct() {
        serve(sockets.there());
        return new TtrpcClient(sockets.here(), LONG);
    }

    private void serve(ByteConnection connection) {
        Async.serve(server(connection)::serve);
    }

    private TtrpcServer server(ByteConnection connection) {
        return new TtrpcServer(connection, LONG, services, late::add);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void answersManyCallsAtATime(boolean overTrunk) throws Exception {
        long seed = Seed.first();
        TtrpcClient client;
        if (overTrunk) {
            serve(Trunk.start(sockets.there(), LONG, 1, 2).connection(2));
            client = new TtrpcClient(Trunk.start(sockets.here(), LONG, 1, 2).connection(2), LONG);
        } else {
            client = direct();
        }
        List<Future<?>> calls = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Random random = new Random(seed + i);
            calls.add(Async.run(() -> {
                for (int n = 0; n < 10; n++) {
                    byte[] bytes = new byte[random.nextInt(20_000)];
                    random.nextBytes(bytes);
                    BytesValue value = BytesValue.of(ByteString.copyFrom(bytes));
                    assertThat(client.call("test.Echo", "Echo", value, BytesValue.parser(), LONG))
                            .as("seed " + seed)
                            .isEqualTo(value);
                }
            }));
        }
        for (Future<?> call : calls) {
            call.get();
        }
    }

    @Test
    void carriesLargeMessagesInSeveralFrames() throws Exception {
        serve(Trunk.start(sockets.there(), LONG, 1).connection(1));
        TtrpcClient client =
                new TtrpcClient(Trunk.start(sockets.here(), LONG, 1).connection(1), LONG);
        BytesValue value = BytesValue.of(ByteString.copyFrom(new byte[MessageChannel.MAX_MESSAGE - 100]));
        assertThat(client.call("test.Echo", "Echo", value, BytesValue.parser(), LONG))
                .isEqualTo(value);
    }

    @Test
    void saysWhatIsNotThere() {
        TtrpcClient client = direct();
        fails(client, "test.Other", "Echo", Code.UNIMPLEMENTED, "service test.Other");
        fails(client, "test.Echo", "Other", Code.UNIMPLEMENTED, "method Other");
    }

    @Test
    void saysWhyACallFailed() {
        TtrpcClient client = direct();
        fails(client, "test.Echo", "Refuse", Code.PERMISSION_DENIED, "not you");
        fails(client, "test.Echo", "Break", Code.INTERNAL, "internal error: java.lang.IllegalStateException: broken");
        fails(
                client,
                "test.Echo",
                "Grow",
                Code.RESOURCE_EXHAUSTED,
                "a message of 4194314 bytes is larger than the 4194304 bytes that ttrpc allows");
    }

    @Test
    void refusesToSendWhatIsTooLargeAndGoesOn() throws Exception {
        TtrpcClient client = direct();
        BytesValue value = BytesValue.of(ByteString.copyFrom(new byte[MessageChannel.MAX_MESSAGE]));
        assertThatExceptionOfType(TtrpcException.class)
                .isThrownBy(() -> client.call("test.Echo", "Echo", value, BytesValue.parser(), LONG))
                .matches(e -> e.code() == Code.RESOURCE_EXHAUSTED);
        client.call("test.Echo", "Echo", BytesValue.getDefaultInstance(), BytesValue.parser(), LONG);
    }

    @Test
    void bringsMetadataAndTheDeadline() throws Exception {
        assertThat(direct().call(
                                "test.Echo",
                                "Metadata",
                                BytesValue.getDefaultInstance(),
                                StringValue.parser(),
                                LONG,
                                Map.of("who", "me")))
                .isEqualTo(StringValue.of("{who=[me]} true"));
    }

    @Test
    void interruptsWhatNobodyWaitsForAndGoesOn() throws Exception {
        TtrpcClient client = direct();
        assertThatExceptionOfType(TtrpcException.class)
                .isThrownBy(() -> client.call(
                        "test.Echo",
                        "Wait",
                        BytesValue.getDefaultInstance(),
                        BytesValue.parser(),
                        Duration.ofMillis(50)))
                .matches(e -> e.code() == Code.DEADLINE_EXCEEDED);
        interrupted.await();
        assertThat(late.take()).isEqualTo("Wait");
        client.call("test.Echo", "Echo", BytesValue.getDefaultInstance(), BytesValue.parser(), LONG);
    }

    @Test
    void aLostConnectionFailsTheCallsThatWait() throws Exception {
        TtrpcClient client = direct();
        Future<?> call = Async.run(
                () -> client.call("test.Echo", "Wait", BytesValue.getDefaultInstance(), BytesValue.parser(), LONG));
        // An answered call after it: the other is at the server.
        client.call("test.Echo", "Echo", BytesValue.getDefaultInstance(), BytesValue.parser(), LONG);
        sockets.there().close();
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(call::get)
                .havingCause()
                .isInstanceOfSatisfying(
                        TtrpcException.class, e -> assertThat(e.code()).isEqualTo(Code.UNAVAILABLE));
        fails(client, "test.Echo", "Echo", Code.UNAVAILABLE, "the peer has closed the connection");
    }

    @Test
    void boundsTheCallsAtWork() throws Exception {
        serve(sockets.there());
        MessageChannel raw = new MessageChannel(sockets.here(), LONG);
        byte[] wait = request("Wait");
        for (int i = 0; i < TtrpcServer.MAX_CALLS; i++) {
            raw.write(2 * i + 1, Message.REQUEST, wait);
        }
        raw.write(1001, Message.REQUEST, wait);
        assertThat(answer(raw, 1001).getStatus().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED.number());
        release.countDown();
        for (int i = 0; i < TtrpcServer.MAX_CALLS; i++) {
            assertThat(answer(raw).getStatus().getCode()).isZero();
        }
    }

    @Test
    void boundsTheBytesAtWork() throws Exception {
        serve(sockets.there());
        MessageChannel raw = new MessageChannel(sockets.here(), LONG);
        byte[] wait = Request.newBuilder()
                .setService("test.Echo")
                .setMethod("Wait")
                .setPayload(ByteString.copyFrom(new byte[4_000_000]))
                .build()
                .toByteArray();
        for (int i = 0; i < 9; i++) {
            raw.write(2 * i + 1, Message.REQUEST, wait);
        }
        assertThat(answer(raw, 17).getStatus().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED.number());
    }

    @Test
    void answersCallsThatBreakTheRulesAsGoDoes() throws Exception {
        serve(sockets.there());
        MessageChannel raw = new MessageChannel(sockets.here(), LONG);
        raw.write(2, Message.REQUEST, request("Echo"));
        refused(answer(raw, 2), "StreamID must be odd for client initiated streams");
        raw.write(5, Message.REQUEST, request("Echo"));
        assertThat(answer(raw, 5).hasStatus()).isFalse();
        raw.write(5, Message.REQUEST, request("Echo"));
        refused(answer(raw, 5), "StreamID cannot be re-used and must increment");
        raw.write(3, Message.DATA, new byte[0]);
        refused(answer(raw, 3), "StreamID is no longer active");
        raw.write(7, Message.REQUEST, new byte[] {-1, -1, -1});
        assertThat(answer(raw, 7).getStatus().getMessage()).startsWith("the request is malformed: ");
        // Flags of a streaming call.
        byte[] echo = request("Echo");
        sockets.here().write(MessageChannelTest.header(echo.length, 9, Message.REQUEST, Message.REMOTE_OPEN));
        sockets.here().write(ByteBuffer.wrap(echo));
        assertThat(answer(raw, 9).getStatus().getCode()).isEqualTo(Code.UNIMPLEMENTED.number());
        // A type of a later version, then the highest stream.
        raw.write(11, 9, new byte[3]);
        raw.write(-1, Message.REQUEST, echo);
        assertThat(answer(raw, -1).hasStatus()).isFalse();
    }

    @Test
    void whatIsNoTtrpcEndsTheServerWithOneLine() throws Exception {
        Future<?> serving = Async.run(server(sockets.there())::serve);
        sockets.here().write(ByteBuffer.wrap("GET / HTTP".getBytes(StandardCharsets.US_ASCII)));
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(serving::get)
                .havingCause()
                .withMessage("the peer announces a ttrpc message of 1195725856 bytes: this is no ttrpc");
        assertThat(sockets.here().read(new byte[1], 0, 1)).isEqualTo(-1);
    }

    @Test
    void answersThatBreakTheRulesFailTheirCallsOnly() throws Exception {
        TtrpcClient client = new TtrpcClient(sockets.here(), LONG);
        Future<?> server = Async.run(() -> {
            MessageChannel raw = new MessageChannel(sockets.there(), LONG);
            // Nobody asked on this stream.
            raw.write(4242, Message.RESPONSE, new byte[] {1});
            raw.read();
            raw.write(1, Message.DATA, new byte[0]);
            raw.read();
            raw.write(3, Message.RESPONSE, new byte[] {-1, -1});
            raw.read();
            sockets.there().write(MessageChannelTest.header(MessageChannel.MAX_MESSAGE + 1, 5, 2, 0));
            sockets.there().write(ByteBuffer.allocate(MessageChannel.MAX_MESSAGE + 1));
            raw.read();
            raw.write(7, Message.RESPONSE, new byte[0]);
        });
        fails(client, "s", "m", Code.INTERNAL, "the peer answers with a message of type 3, no response");
        assertThatIOException()
                .isThrownBy(() -> client.call("s", "m", StringValue.of(""), BytesValue.parser(), LONG))
                .withMessageStartingWith("the response is malformed: ");
        fails(
                client,
                "s",
                "m",
                Code.RESOURCE_EXHAUSTED,
                "a message of 4194305 bytes is larger than the 4194304 bytes that ttrpc allows");
        assertThat(client.call("s", "m", StringValue.of(""), BytesValue.parser(), LONG))
                .isEqualTo(BytesValue.getDefaultInstance());
        server.get();
    }

    private static void fails(TtrpcClient client, String service, String method, Code code, String message) {
        assertThatExceptionOfType(TtrpcException.class)
                .isThrownBy(
                        () -> client.call(service, method, BytesValue.getDefaultInstance(), BytesValue.parser(), LONG))
                .withMessage(message)
                .matches(e -> e.code() == code);
    }

    private static void refused(Response response, String message) {
        assertThat(response.getStatus().getMessage()).isEqualTo(message);
        assertThat(response.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT.number());
    }

    private static byte[] request(String method) {
        return Request.newBuilder()
                .setService("test.Echo")
                .setMethod(method)
                .build()
                .toByteArray();
    }

    private static Response answer(MessageChannel from) throws IOException {
        Optional<Message> next = from.read();
        assertThat(next).get().isInstanceOf(Message.Whole.class);
        return Response.parseFrom(((Message.Whole) next.orElseThrow()).payload());
    }

    private static Response answer(MessageChannel from, int stream) throws IOException {
        Message next = from.read().orElseThrow();
        assertThat(next.stream()).isEqualTo(stream);
        return Response.parseFrom(((Message.Whole) next).payload());
    }
}
