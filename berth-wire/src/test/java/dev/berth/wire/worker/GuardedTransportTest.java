package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.wire.DeadlineException;
import dev.berth.wire.GuardedTransport;
import dev.berth.wire.SocketTransport;
import dev.berth.wire.Wait;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deadlines on transports that have none, in memory and on real sockets. */
final class GuardedTransportTest {
    private static final Duration SHORT = Duration.ofMillis(200);

    @TempDir
    Path directory;

    @Test
    void aSilentPeerIsLeft() {
        MemoryTransport.Pair pair = MemoryTransport.pair();
        GuardedTransport guarded = new GuardedTransport(pair.client(), Wait.between("a word", SHORT));
        assertThatThrownBy(() -> guarded.in().read())
                .isInstanceOf(DeadlineException.class)
                .hasMessage("waited longer than 200 ms for a word of the server");
        assertThat(pair.client().isClosed()).isTrue();
    }

    @Test
    void aPeerThatDoesNotReadIsLeft() throws IOException {
        Path path = directory.resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            try (SocketTransport client = SocketTransport.connect(path, Duration.ZERO);
                    SocketChannel accepted = server.accept();
                    GuardedTransport guarded = new GuardedTransport(client, Wait.between("room", SHORT))) {
                assertThatThrownBy(() -> guarded.out().write(new byte[10_000_000]))
                        .isInstanceOf(DeadlineException.class)
                        .hasMessageContaining("for room");
                assertThat(accepted.isOpen()).isTrue();
            }
        }
    }

    @Test
    void aSocketThatIsSilentIsLeft() throws IOException {
        Path path = directory.resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            try (SocketTransport client = SocketTransport.connect(path, Duration.ZERO);
                    SocketChannel accepted = server.accept();
                    GuardedTransport guarded = new GuardedTransport(client, Wait.total("a greeting", SHORT))) {
                assertThatThrownBy(() -> guarded.in().read())
                        .isInstanceOf(DeadlineException.class)
                        .hasMessageContaining("for a greeting");
                assertThat(accepted.isOpen()).isTrue();
            }
        }
    }

    @Test
    void aPeerThatSpeaksNowAndThenIsNot() throws Exception {
        MemoryTransport.Pair pair = MemoryTransport.pair();
        Wait wait = Wait.between("a word", Duration.ofSeconds(2));
        try (GuardedTransport guarded = new GuardedTransport(pair.client(), wait)) {
            Thread speaker = Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i < 30; i++) {
                        Thread.sleep(100);
                        pair.server().out().write(i);
                    }
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            for (int i = 0; i < 30; i++) {
                assertThat(guarded.in().read()).isEqualTo(i);
            }
            speaker.join();
            // Nothing is under way, so that nothing can be late.
            guarded.readWithin(Wait.total("nothing", Duration.ofMillis(1)));
            Thread.sleep(300);
            assertThat(pair.client().isClosed()).isFalse();
        }
    }

    @Test
    void aReadUnderWayCanBeHurriedUp() {
        MemoryTransport.Pair pair = MemoryTransport.pair();
        GuardedTransport guarded = new GuardedTransport(pair.client(), Wait.unlimited("nothing"));
        Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(200);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            guarded.readWithin(Wait.between("the end", SHORT));
        });
        assertThatThrownBy(() -> guarded.in().read())
                .isInstanceOf(DeadlineException.class)
                .hasMessageContaining("for the end");
    }

    @Test
    void aClosedTransportFailsWithoutADeadline() throws IOException {
        MemoryTransport.Pair pair = MemoryTransport.pair();
        GuardedTransport guarded = new GuardedTransport(pair.client(), Wait.between("a word", Duration.ofHours(1)));
        Thread.ofVirtual().start(guarded::close);
        assertThat(guarded.in().read()).isEqualTo(-1);
    }
}
