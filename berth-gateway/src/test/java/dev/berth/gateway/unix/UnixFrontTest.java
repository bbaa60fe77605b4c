package dev.berth.gateway.unix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.gateway.Role;
import dev.berth.gateway.Sessions;
import dev.berth.testing.Command;
import dev.berth.wire.Transport;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unix socket: its file, its limits, who is let in. */
class UnixFrontTest {
    @TempDir
    private Path directory = Path.of("");

    private final List<UnixFront> fronts = new ArrayList<>();

    @AfterEach
    void stop() {
        fronts.forEach(UnixFront::close);
    }

    /** Says one letter for the role, then sends back what it gets. */
    private static final class Echo implements Sessions {
        @Override
        public void worker(Role role, Transport transport) {
            try (transport) {
                transport.out().write(role.name().charAt(0));
                for (int b = transport.in().read(); b >= 0; b = transport.in().read()) {
                    transport.out().write(b);
                }
            } catch (IOException e) {
                return; // the client went away
            }
        }

        @Override
        public int serve(Role role, boolean write, Transport transport, OutputStream errors) {
            throw new AssertionError("the socket speaks the worker protocol only");
        }

        @Override
        public void refuse(Transport transport, String reason) {
            try (transport) {
                transport.out().write(("!" + reason).getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private UnixFront start(Path path, UserRules rules, int connections) throws IOException {
        UnixFront front = UnixFront.start(new UnixConfig(path, UnixConfig.PERMISSIONS, rules, connections), new Echo());
        fronts.add(front);
        return front;
    }

    private static SocketChannel connect(Path path) throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path));
    }

    private static String read(SocketChannel channel, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
    }

    @Test
    void theSocketIsAsNixMakesIt() throws IOException {
        Path path = directory.resolve("some/where/socket");
        UnixFront front = start(path, UserRules.DEFAULT, 10);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-rw-rw-");
        try (var files = Files.list(directory.resolve("some/where"))) {
            assertThat(files).containsExactly(path);
        }
        try (SocketChannel channel = connect(path)) {
            assertThat(read(channel, 1))
                    .isEqualTo(System.getProperty("user.name").equals("root") ? "A" : "W");
            channel.write(ByteBuffer.wrap(new byte[] {'x'}));
            assertThat(read(channel, 1)).isEqualTo("x");
        }
        front.close();
        assertThat(Files.exists(path, LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    void aDeadSocketIsReplacedALivingOneIsNot() throws IOException {
        Path path = directory.resolve("socket");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        assertThat(Files.exists(path)).isTrue();
        UnixFront front = start(path, UserRules.DEFAULT, 10);
        assertThatThrownBy(() -> start(path, UserRules.DEFAULT, 10))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another process serves " + path);
        try (SocketChannel channel = connect(path)) {
            assertThat(read(channel, 1)).isNotEmpty();
        }
        front.close();
        Files.writeString(path, "precious");
        assertThatThrownBy(() -> start(path, UserRules.DEFAULT, 10)).hasMessageContaining("is not a socket");
        assertThat(path).hasContent("precious");
    }

    @Test
    void aDeviceOrPipeInTheWayIsLeftAndRefused() throws IOException, InterruptedException {
        Path pipe = directory.resolve("socket");
        // It refuses connections as a dead socket does.
        Command.of("mkfifo", pipe.toString()).succeed();
        Object key = Files.readAttributes(pipe, BasicFileAttributes.class).fileKey();
        assertThatThrownBy(() -> start(pipe, UserRules.DEFAULT, 10)).hasMessageContaining("is not a socket");
        assertThat(Files.readAttributes(pipe, BasicFileAttributes.class).fileKey())
                .isEqualTo(key);
    }

    @Test
    void whoeverTookThePlaceKeepsIt() throws IOException {
        Path path = directory.resolve("socket");
        UnixFront front = start(path, UserRules.DEFAULT, 10);
        Files.delete(path);
        start(path, UserRules.DEFAULT, 10);
        front.close();
        try (SocketChannel channel = connect(path)) {
            assertThat(read(channel, 1)).isNotEmpty();
        }
    }

    @Test
    void longPathsWork() throws IOException {
        Path deep = directory.resolve("d".repeat(100)).resolve("e".repeat(100));
        Path path = deep.resolve("s".repeat(200));
        start(path, UserRules.DEFAULT, 10);
        assertThat(Files.exists(path)).isTrue();
        assertThatThrownBy(() -> start(path, UserRules.DEFAULT, 10)).hasMessageContaining("another process serves");
        // A client reaches it as Nix's does, by a short way.
        Path link = Files.createSymbolicLink(directory.resolve("l"), path);
        try (SocketChannel channel = connect(link)) {
            assertThat(read(channel, 1)).isNotEmpty();
        }
    }

    @Test
    void aThousandAtOnceAndOneTooMany() throws IOException {
        Path path = directory.resolve("socket");
        start(path, UserRules.DEFAULT, 1000);
        List<SocketChannel> open = new ArrayList<>();
        try {
            for (int i = 0; i < 1000; i++) {
                open.add(connect(path));
            }
            for (SocketChannel channel : open) {
                assertThat(read(channel, 1)).isNotEqualTo("!").isNotEmpty();
            }
            try (SocketChannel channel = connect(path)) {
                assertThat(read(channel, 200)).startsWith("!too many connections: 1000 are open");
            }
            open.removeLast().close();
            awaitPlace(path);
        } finally {
            for (SocketChannel channel : open) {
                channel.close();
            }
        }
    }

    private static void awaitPlace(Path path) throws IOException {
        for (int i = 0; i < 200; i++) {
            try (SocketChannel channel = connect(path)) {
                if (!read(channel, 1).equals("!")) {
                    return;
                }
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        throw new AssertionError("the place does not come back");
    }
}
