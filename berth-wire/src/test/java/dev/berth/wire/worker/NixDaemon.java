package dev.berth.wire.worker;

import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import dev.berth.wire.SocketTransport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The machine's nix-daemon on a store and a socket of the test's own. */
final class NixDaemon implements AutoCloseable {
    private final RealNix nix;
    private final Path socket;
    private final Process process;

    NixDaemon(Path directory) throws IOException, InterruptedException {
        Requires.program("nix-daemon");
        nix = new RealNix(directory);
        // Its first two connections would make the store both at once, and one would fail.
        nix.output("nix-store", "--init");
        socket = directory.resolve("socket");
        Command command = nix.command("nix-daemon");
        ProcessBuilder builder = new ProcessBuilder(command.arguments())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(directory.resolve("daemon.out").toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(command.environment());
        builder.environment().put("NIX_DAEMON_SOCKET_PATH", socket.toString());
        process = builder.start();
        for (int i = 0; !listens(); i++) {
            if (i == 600 || !process.isAlive()) {
                process.destroyForcibly();
                throw new AssertionError(
                        "nix-daemon does not listen: " + Files.readString(directory.resolve("daemon.out")));
            }
            Thread.sleep(50);
        }
    }

    private boolean listens() {
        try (SocketTransport transport = connect()) {
            return transport.in() != null;
        } catch (IOException e) {
            return false;
        }
    }

    RealNix nix() {
        return nix;
    }

    SocketTransport connect() throws IOException {
        return SocketTransport.connect(socket, Duration.ofSeconds(10));
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
