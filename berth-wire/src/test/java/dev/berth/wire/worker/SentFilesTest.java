package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.nar.FileOutput;
import dev.berth.nix.nar.NarWriter;
import dev.berth.wire.DeadlineException;
import dev.berth.wire.GuardedTransport;
import dev.berth.wire.SocketTransport;
import dev.berth.wire.Wait;
import dev.berth.wire.WireOutput;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that the kernel sends stand between what is written before and behind them. */
class SentFilesTest {
    private static final int SIZE = 300_000;
    private static final int FROM = 1234;

    @TempDir
    private Path directory;

    @FunctionalInterface
    private interface Writing {
        void write(WireOutput out, FileChannel file) throws IOException;
    }

    private byte[] content() {
        byte[] content = new byte[SIZE];
        new Random(1).nextBytes(content);
        return content;
    }

    /** What arrives of what is written. */
    private byte[] received(Writing writing) throws Exception {
        Path socket = directory.resolve("s");
        Path path = Files.write(directory.resolve("file"), content());
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                FileChannel file = FileChannel.open(path);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            server.bind(UnixDomainSocketAddress.of(socket));
            var received = threads.submit(() -> {
                try (SocketTransport peer = new SocketTransport(server.accept(), "sender");
                        InputStream in = peer.in()) {
                    return in.readAllBytes();
                }
            });
            try (GuardedTransport transport = new GuardedTransport(
                    SocketTransport.connect(socket, Duration.ofSeconds(5)),
                    Wait.between("the test", Duration.ofMinutes(1)))) {
                WireOutput out = new WireOutput(transport.out());
                writing.write(out, file);
                out.flush();
            }
            return received.get();
        } finally {
            Files.deleteIfExists(socket);
        }
    }

    @Test
    void everyLengthArrivesBehindWhatWasGathered() throws Exception {
        byte[] content = content();
        for (int gathered : List.of(0, 1, 8, 5000, 40_000)) {
            for (int length : List.of(0, 1, 100, 32 * 1024, 64 * 1024 - 8, 64 * 1024, 64 * 1024 + 1, 250_000)) {
                byte[] all = received((out, file) -> {
                    out.stream().write(content, 0, gathered);
                    ((FileOutput) out.stream()).send(file, FROM, length);
                    out.u64(7);
                });
                ByteArrayOutputStream expected = new ByteArrayOutputStream();
                expected.write(content, 0, gathered);
                expected.write(content, FROM, length);
                expected.writeBytes(new byte[] {7, 0, 0, 0, 0, 0, 0, 0});
                assertThat(all).as("%d bytes behind %d", length, gathered).isEqualTo(expected.toByteArray());
            }
        }
    }

    @Test
    void bytesOfEveryLengthArriveBehindWhatWasGathered() throws Exception {
        byte[] content = content();
        for (int gathered : List.of(0, 8, 40_000)) {
            for (int length : List.of(32 * 1024 - 1, 32 * 1024, 64 * 1024, 250_000)) {
                byte[] all = received((out, _) -> {
                    out.stream().write(content, 0, gathered);
                    out.stream().write(content, gathered, length);
                    out.stream().write(content, gathered + length, 3);
                });
                assertThat(all).isEqualTo(Arrays.copyOf(content, gathered + length + 3));
            }
        }
    }

    @Test
    void aFileThatEndsEarlyIsAnError() throws Exception {
        for (int gathered : List.of(0, 8)) {
            byte[] all = received((out, file) -> {
                out.stream().write(new byte[gathered]);
                assertThatThrownBy(() -> ((FileOutput) out.stream()).send(file, FROM, SIZE))
                        .isInstanceOf(EOFException.class);
            });
            assertThat(all).hasSize(gathered + SIZE - FROM);
        }
    }

    /** Nobody reads: the deadline ends the sending, and the file, which others use, stays open. */
    @Test
    void aPeerThatStallsEndsAtItsDeadline() throws Exception {
        Path path = Files.write(directory.resolve("file"), content());
        Path socket = directory.resolve("s");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                FileChannel file = FileChannel.open(path)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            try (GuardedTransport transport = new GuardedTransport(
                            SocketTransport.connect(socket, Duration.ofSeconds(5)),
                            Wait.between("the reader", Duration.ofMillis(200)));
                    SocketChannel _ = server.accept()) {
                FileOutput files = (FileOutput) new WireOutput(transport.out()).stream();
                assertThatThrownBy(() -> {
                            for (int i = 0; i < 1000; i++) {
                                files.send(file, 0, SIZE);
                            }
                        })
                        .isInstanceOf(DeadlineException.class)
                        .hasMessageContaining("the reader");
                assertThat(file.isOpen()).isTrue();
                assertThat(file.size()).isEqualTo(SIZE);
            }
        }
    }

    @Test
    void onlySocketsOfThreadsOfTheKernelTakeFiles() throws Exception {
        received((out, _) -> {
            NarWriter writer = new NarWriter(out.stream());
            assertThat(writer.takesFiles()).isTrue();
            assertThat(CompletableFuture.supplyAsync(writer::takesFiles, Thread::startVirtualThread)
                            .join())
                    .isFalse();
        });
        assertThat(new NarWriter(new WireOutput(new ByteArrayOutputStream()).stream()).takesFiles())
                .isFalse();
    }
}
