package dev.berth.node.nri.ttrpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.berth.testing.Seed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class TrunkTest extends OverSockets {
    @Test
    void writesFramesAsTheyAreDefined() throws IOException {
        try (Trunk trunk = Trunk.start(sockets.here(), LONG, 1, 2)) {
            trunk.connection(2).write(ByteBuffer.wrap(new byte[] {7, 8, 9}));
            byte[] frame = new byte[11];
            sockets.there().readFully(frame, 0, frame.length);
            assertThat(frame).containsExactly(0, 0, 0, 2, 0, 0, 0, 3, 7, 8, 9);
        }
    }

    @Test
    void splitsWhatIsLargerThanAFrame() throws Exception {
        byte[] bytes = new byte[Trunk.MAX_PAYLOAD + 5];
        new Random(1).nextBytes(bytes);
        try (Trunk trunk = Trunk.start(sockets.here(), LONG, 1)) {
            Future<?> writing = Async.run(() -> trunk.connection(1).write(ByteBuffer.wrap(bytes)));
            ByteBuffer first = frame();
            ByteBuffer second = frame();
            writing.get();
            assertThat(first.remaining()).isEqualTo(Trunk.MAX_PAYLOAD);
            assertThat(second.remaining()).isEqualTo(5);
            assertThat(first).isEqualTo(ByteBuffer.wrap(bytes, 0, Trunk.MAX_PAYLOAD));
            assertThat(second).isEqualTo(ByteBuffer.wrap(bytes, Trunk.MAX_PAYLOAD, 5));
        }
    }

    @Test
    void keepsTheBytesOfEachConnectionInOrderHoweverTheyAreCut() throws Exception {
        long seed = Seed.first();
        Random random = new Random(seed);
        Map<Integer, ByteArrayOutputStream> sent = new HashMap<>();
        try (SocketPair pair = SocketPair.open(dir);
                Trunk trunk = Trunk.start(pair.here(), LONG, 1, 2, -1)) {
            Map<Integer, Future<byte[]>> readers = new HashMap<>();
            for (int id : new int[] {1, 2, -1}) {
                sent.put(id, new ByteArrayOutputStream());
                readers.put(id, Async.call(() -> readAll(trunk.connection(id), new Random(seed ^ id))));
            }
            for (int i = 0; i < 300; i++) {
                int id = List.of(1, 2, -1, 3).get(random.nextInt(4));
                byte[] payload = new byte[random.nextInt(10) == 0 ? random.nextInt(200_000) : random.nextInt(20)];
                random.nextBytes(payload);
                // Unknown connections' frames are dropped.
                sent.computeIfAbsent(id, any -> new ByteArrayOutputStream()).write(payload);
                writeInPieces(pair.there(), frame(id, payload), random);
            }
            pair.there().close();
            for (var reader : readers.entrySet()) {
                assertThat(reader.getValue().get())
                        .as("seed " + seed)
                        .isEqualTo(Objects.requireNonNull(sent.get(reader.getKey()))
                                .toByteArray());
            }
            assertThat(trunk.failure()).isEmpty();
        }
    }

    @Test
    void mixesNothingThatManyThreadsWrite() throws Exception {
        try (Trunk trunk = Trunk.start(sockets.here(), LONG, 1, 2);
                Trunk other = Trunk.start(sockets.there(), LONG, 1, 2)) {
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                byte[] bytes = new byte[1000];
                Arrays.fill(bytes, (byte) i);
                int id = 1 + i % 2;
                writers.add(Async.run(() -> {
                    for (int n = 0; n < 50; n++) {
                        trunk.connection(id).write(ByteBuffer.wrap(bytes));
                    }
                }));
            }
            for (int id = 1; id <= 2; id++) {
                byte[] piece = new byte[1000];
                for (int n = 0; n < 500; n++) {
                    other.connection(id).readFully(piece, 0, piece.length);
                    assertThat(piece).containsOnly(piece[0]);
                }
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
    }

    @Test
    void hugeFramesEndTheTrunkBeforeAnyMemoryIsTaken() throws IOException {
        for (int length : new int[] {Trunk.MAX_PAYLOAD + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            try (SocketPair pair = SocketPair.open(dir);
                    Trunk trunk = Trunk.start(pair.here(), LONG, 1)) {
                pair.there()
                        .write(ByteBuffer.allocate(8).putInt(1).putInt(length).flip());
                assertThatIOException()
                        .isThrownBy(() -> trunk.connection(1).read(new byte[1], 0, 1))
                        .withMessage("the peer announces a frame of " + Integer.toUnsignedString(length)
                                + " bytes where at most 4194314 are allowed");
                assertThat(pair.there().read(new byte[1], 0, 1)).isEqualTo(-1);
            }
        }
    }

    @Test
    void aPeerThatStopsWithinAFrameIsLeft() throws IOException {
        ByteBuffer whole = frame(1, new byte[100]);
        for (int sent : new int[] {1, 7, 8, 50, 107}) {
            try (SocketPair pair = SocketPair.open(dir);
                    Trunk trunk = Trunk.start(pair.here(), SHORT, 1)) {
                pair.there().write(whole.slice(0, sent));
                assertThatIOException()
                        .isThrownBy(() -> trunk.connection(1).read(new byte[1], 0, 1))
                        .withMessage("nothing moved for 200 ms");
            }
        }
    }

    @Test
    void aPeerThatGoesWithinAFrameIsAFailure() throws IOException {
        ByteBuffer whole = frame(1, new byte[100]);
        for (int sent : new int[] {1, 8, 107}) {
            try (SocketPair pair = SocketPair.open(dir);
                    Trunk trunk = Trunk.start(pair.here(), LONG, 1)) {
                pair.there().write(whole.slice(0, sent));
                pair.there().close();
                assertThatIOException()
                        .isThrownBy(() -> trunk.connection(1).read(new byte[1], 0, 1))
                        .withMessageStartingWith("the connection ended within a message");
            }
        }
    }

    @Test
    void aPeerThatGoesBetweenFramesIsTheEnd() throws IOException {
        try (Trunk trunk = Trunk.start(sockets.here(), LONG, 1)) {
            sockets.there().write(frame(1, new byte[] {5}));
            sockets.there().close();
            assertThat(trunk.connection(1).read(new byte[9], 0, 9)).isEqualTo(1);
            assertThat(trunk.connection(1).read(new byte[9], 0, 9)).isEqualTo(-1);
            assertThat(trunk.failure()).isEmpty();
        }
    }

    @Test
    void aConnectionThatNobodyReadsEndsTheTrunkWithBoundedMemory() throws Exception {
        try (Trunk trunk = Trunk.start(sockets.here(), SHORT, 1, 2)) {
            ByteBuffer small = frame(1, new byte[] {1});
            long written = 0;
            try {
                while (true) {
                    sockets.there().write(small.duplicate());
                    written++;
                }
            } catch (IOException e) {
                assertThat(written).isLessThan(2 * TrunkConnection.MAX_WAITING / 64);
            }
            assertThatIOException()
                    .isThrownBy(() -> trunk.connection(2).read(new byte[1], 0, 1))
                    .withMessageStartingWith("connection 1 was not read for 200 ms with ");
        }
    }

    @Test
    void aPeerThatTakesNothingIsLeft() {
        try (Trunk trunk = Trunk.start(sockets.here(), SHORT, 1)) {
            assertThatIOException()
                    .isThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            trunk.connection(1).write(ByteBuffer.allocate(1 << 20));
                        }
                    })
                    .withMessage("cannot write to the peer: nothing moved for 200 ms");
        }
    }

    @Test
    void anythingElseEndsItOrIsDropped() throws Exception {
        long seed = Seed.first();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            try (SocketPair pair = SocketPair.open(dir);
                    Trunk trunk = Trunk.start(pair.here(), LONG, 1)) {
                byte[] garbage = new byte[random.nextInt(64)];
                random.nextBytes(garbage);
                if (garbage.length > 4 && random.nextBoolean()) {
                    garbage[4] = 0;
                }
                pair.there().write(ByteBuffer.wrap(garbage));
                pair.there().close();
                try {
                    readAll(trunk.connection(1), random);
                } catch (IOException e) {
                    assertThat(e.getMessage())
                            .as("seed " + seed)
                            .doesNotContain("\n")
                            .isNotBlank();
                }
            }
        }
    }

    @Test
    void theReservedConnectionCannotBeOpened() {
        assertThatIllegalArgumentException().isThrownBy(() -> Trunk.start(sockets.here(), LONG, 0));
        try (Trunk trunk = Trunk.start(sockets.here(), LONG, 1)) {
            assertThatIllegalArgumentException().isThrownBy(() -> trunk.connection(2));
        }
    }

    private ByteBuffer frame() throws IOException {
        byte[] header = new byte[8];
        sockets.there().readFully(header, 0, 8);
        byte[] payload = new byte[ByteBuffer.wrap(header).getInt(4)];
        sockets.there().readFully(payload, 0, payload.length);
        return ByteBuffer.wrap(payload);
    }

    static ByteBuffer frame(int id, byte[] payload) {
        return ByteBuffer.allocate(8 + payload.length)
                .putInt(id)
                .putInt(payload.length)
                .put(payload)
                .flip();
    }

    private static void writeInPieces(ByteConnection to, ByteBuffer bytes, Random random) throws IOException {
        while (bytes.hasRemaining()) {
            int length = Math.min(bytes.remaining(), 1 + random.nextInt(50_000));
            to.write(bytes.slice(bytes.position(), length));
            bytes.position(bytes.position() + length);
        }
    }

    private static byte[] readAll(ByteConnection from, Random random) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] piece = new byte[1 + random.nextInt(5000)];
        for (int read = from.read(piece, 0, piece.length); read >= 0; read = from.read(piece, 0, piece.length)) {
            all.write(piece, 0, read);
        }
        return all.toByteArray();
    }
}
