package dev.berth.store.daemon;

import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The real {@code nix-daemon} of this machine as a child, on a store and a socket of its own. */
final class RealDaemon implements AutoCloseable {
    private final RealNix nix;
    private final Path socket;
    private final List<String> program;
    private final Map<String, String> environment;
    private Process process;

    private RealDaemon(RealNix nix, Path socket, List<String> program, Map<String, String> environment) {
        this.nix = nix;
        this.socket = socket;
        this.program = program;
        this.environment = environment;
        start();
    }

    /** @param directory an existing one, whose path is short */
    static RealDaemon start(Path directory) {
        RealNix nix = new RealNix(directory);
        return start(nix, directory.resolve("socket"), List.of("nix-daemon"));
    }

    static RealDaemon start(RealNix nix, Path socket, List<String> program) {
        Command command = nix.command(program.toArray(String[]::new));
        // Connections that come at once would all make the store, and one would wait for the end of another.
        List<String> init = new ArrayList<>(program.subList(0, program.size() - 1));
        init.addAll(List.of("nix-store", "--init"));
        nix.output(init.toArray(String[]::new));
        return new RealDaemon(nix, socket, program, command.environment());
    }

    RealNix nix() {
        return nix;
    }

    String uri() {
        return "unix://" + socket;
    }

    long pid() {
        return process.pid();
    }

    /** Starts it again after {@link #kill}. */
    void start() {
        try {
            Files.deleteIfExists(socket);
            Path log = socket.resolveSibling("daemon.log");
            ProcessBuilder builder = new ProcessBuilder(program)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(log.toFile())
                    .redirectErrorStream(true);
            builder.environment().putAll(environment);
            builder.environment().put("NIX_DAEMON_SOCKET_PATH", socket.toString());
            process = builder.start();
            for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60); !answers(); ) {
                if (!process.isAlive() || System.nanoTime() - end > 0) {
                    throw new AssertionError("the daemon does not run: " + Files.readString(log));
                }
                Thread.sleep(10);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private boolean answers() {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false;
        }
    }

    /** Kills it and the children that serve connections. */
    void kill() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(handle -> handle.onExit().orTimeout(10, TimeUnit.SECONDS).join());
    }

    @Override
    public void close() {
        kill();
    }
}
