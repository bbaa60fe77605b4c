package dev.berth.node.nri.ttrpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.google.protobuf.ByteString;
import dev.berth.testing.Seed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class MessageChannelTest extends OverSockets {
    @Test
    void writesMessagesAsTheyAreDefined() throws IOException {
        new MessageChannel(sockets.here(), LONG).write(0x01020305, Message.RESPONSE, new byte[] {9, 8});
        byte[] bytes = new byte[12];
        sockets.there().readFully(bytes, 0, 12);
        assertThat(bytes).containsExactly(0, 0, 0, 2, 1, 2, 3, 5, 2, 0, 9, 8);
    }

    @Test
    void readsWhatItWrites() throws Exception {
        long seed = Seed.first();
        Random random = new Random(seed);
        List<Message.Whole> messages = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>(List.of(0, 1, 4085, 4086, 4087, 4096, 8192, MessageChannel.MAX_MESSAGE));
        for (int i = 0; i < 50; i++) {
            sizes.add(random.nextInt(20_000));
        }
        for (int size : sizes) {
            byte[] payload = new byte[size];
            random.nextBytes(payload);
            messages.add(new Message.Whole(random.nextInt(), 1 + random.nextInt(3), 0, ByteString.copyFrom(payload)));
        }
        Future<?> writing = Async.run(() -> {
            MessageChannel out = new MessageChannel(sockets.here(), LONG);
            for (Message.Whole message : messages) {
                out.write(message.stream(), message.type(), message.payload().toByteArray());
            }
            out.close();
        });
        MessageChannel in = new MessageChannel(sockets.there(), LONG);
        for (Message.Whole message : messages) {
            assertThat(in.read().equals(Optional.of(message)))
                    .as("seed " + seed)
                    .isTrue();
        }
        assertThat(in.read()).isEmpty();
        writing.get();
    }

    /**
     * The reader of containerd/ttrpc on a connection of containerd/nri's multiplexer: bufio.Reader reads into its 4,096
     * bytes, or past them into the message where that is larger, and a frame larger than that is ENOMEM.
     */
    @Test
    void writesFramesThatFitIntoTheReadersOfGo() throws IOException {
        for (int size : new int[] {0, 1, 4086, 4087, 8181, 8182, 8183, 100_000, MessageChannel.MAX_MESSAGE}) {
            List<Integer> frames = new ArrayList<>();
            new MessageChannel(new Recorder(frames), LONG).write(1, Message.REQUEST, new byte[size]);
            int rest = size;
            for (int i = 0; i < frames.size(); i++) {
                int into = i == 0 || rest < 4096 ? 4096 : rest;
                assertThat(frames.get(i))
                        .as("frame %d of a message of %d", i, size)
                        .isLessThanOrEqualTo(into);
                rest -= i == 0 ? frames.get(i) - 10 : frames.get(i);
            }
            assertThat(rest).isZero();
            // The multiplexer of Go queues 256 frames.
            assertThat(frames).hasSizeLessThanOrEqualTo(2);
        }
    }

    @Test
    void skipsWhatIsTooLarge() throws Exception {
        int length = MessageChannel.MAX_MESSAGE + 1;
        Future<?> writing = Async.run(() -> {
            sockets.there().write(header(length, 7, 1, 0));
            sockets.there().write(ByteBuffer.allocate(length));
            sockets.there().write(header(0, 9, 2, 4));
        });
        MessageChannel in = new MessageChannel(sockets.here(), LONG);
        assertThat(in.read()).contains(new Message.Oversized(7, 1, length));
        assertThat(in.read()).contains(new Message.Whole(9, 2, 4, ByteString.EMPTY));
        writing.get();
    }

    @Test
    void doesNotSendWhatIsTooLarge() {
        assertThatExceptionOfType(TtrpcException.class)
                .isThrownBy(() -> new MessageChannel(sockets.here(), LONG)
                        .write(1, Message.REQUEST, new byte[MessageChannel.MAX_MESSAGE + 1]))
                .withMessage("a message of 4194305 bytes is larger than the 4194304 bytes that ttrpc allows")
                .extracting(TtrpcException::code)
                .isEqualTo(Code.RESOURCE_EXHAUSTED);
    }

    @Test
    void takesNothingForAMessageThatCannotBeOne() throws IOException {
        for (int length : new int[] {1 << 24, -1, 0x47455420}) {
            try (SocketPair pair = SocketPair.open(dir)) {
                pair.there().write(header(length, 1, 1, 0));
                assertThatIOException()
                        .isThrownBy(() -> new MessageChannel(pair.here(), LONG).read())
                        .withMessage("the peer announces a ttrpc message of " + Integer.toUnsignedString(length)
                                + " bytes: this is no ttrpc");
            }
        }
    }

    @Test
    void aPeerThatStopsOrGoesWithinAMessageIsLeft() throws IOException {
        for (int sent : new int[] {1, 9, 10, 15}) {
            ByteBuffer part =
                    ByteBuffer.allocate(20).put(header(10, 1, 1, 0)).clear().limit(sent);
            try (SocketPair pair = SocketPair.open(dir)) {
                pair.there().write(part.duplicate());
                assertThatIOException()
                        .isThrownBy(() -> new MessageChannel(pair.here(), SHORT).read())
                        .withMessage("nothing moved for 200 ms");
            }
            try (SocketPair pair = SocketPair.open(dir)) {
                pair.there().write(part.duplicate());
                pair.there().close();
                assertThatIOException()
                        .isThrownBy(() -> new MessageChannel(pair.here(), LONG).read())
                        .withMessageStartingWith("the connection ended within a message");
            }
        }
    }

    @Test
    void garbageIsMessagesOrAnEndWithOneLine() throws Exception {
        long seed = Seed.first();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            try (SocketPair pair = SocketPair.open(dir)) {
                byte[] garbage = new byte[random.nextInt(100)];
                random.nextBytes(garbage);
                for (int i = 0; i < 3 && i < garbage.length; i++) {
                    garbage[i] = random.nextInt(4) == 0 ? garbage[i] : 0;
                }
                pair.there().write(ByteBuffer.wrap(garbage));
                pair.there().close();
                MessageChannel in = new MessageChannel(pair.here(), LONG);
                try {
                    Optional<Message> next = in.read();
                    while (next.isPresent()) {
                        next = in.read();
                    }
                } catch (IOException e) {
                    assertThat(e.getMessage()).as("seed " + seed).isNotBlank().doesNotContain("\n");
                }
            }
        }
    }

    static ByteBuffer header(int length, int stream, int type, int flags) {
        return ByteBuffer.allocate(10)
                .putInt(length)
                .putInt(stream)
                .put((byte) type)
                .put((byte) flags)
                .flip();
    }

    /** Notes the sizes of what is written at once, which a trunk makes a frame of. */
    private record Recorder(List<Integer> sizes) implements ByteConnection {
        @Override
        public int read(byte[] to, int offset, int length) {
            return -1;
        }

        @Override
        public void write(ByteBuffer bytes) {
            if (bytes.hasRemaining()) {
                sizes.add(bytes.remaining());
            }
            bytes.position(bytes.limit());
        }

        @Override
        public void close() {}
    }
}
