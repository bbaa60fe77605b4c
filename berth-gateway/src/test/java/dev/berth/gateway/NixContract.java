package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarWriter;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Transport;
import dev.berth.wire.worker.WorkerClient;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A real daemon keeps the contract, too, so that it is Nix's and not ours. */
abstract class NixContract extends OperationsContract {
    private final List<Process> processes = new ArrayList<>();

    @BeforeEach
    void configure() throws IOException {
        dev.berth.testing.Requires.root();
        Path conf = directory.resolve("conf/nix.conf");
        // The releases keep the schema of realisations in different ways, and one of them waits for the other's end.
        Files.writeString(
                conf,
                Files.readString(conf).replace(" ca-derivations", "")
                        + "trusted-users = nobody\nallowed-users = *\ntrusted-public-keys = "
                        + KEY.publicKey().print() + "\n");
        // Two first connections would make the store both at once, and one would fail.
        nix.output("nix-store", "--init");
    }

    /** What to put before a command so that it runs with this socket. */
    abstract List<String> environment(Path socket);

    private Process start(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(environment(socket()));
        all.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(all).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(nix.command().environment());
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private Path socket() {
        return directory.resolve("daemon.socket");
    }

    // On its standard streams the daemon trusts whoever it is; on its socket only the users that it is told of.
    @Override
    StoreOperations open(boolean trusted) {
        try {
            Transport transport =
                    trusted ? SocketPair.of(start("nix-daemon", "--stdio")) : SocketPair.connect(listening());
            WorkerClient client = WorkerClient.connect(transport, StoreDir.DEFAULT, Timeouts.DEFAULT);
            client.setLog(said::add);
            return client;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path listening() throws IOException {
        if (!Files.exists(socket())) {
            Process daemon = start("nix-daemon");
            while (!answers()) {
                if (!daemon.isAlive()) {
                    throw new IOException("nix-daemon ended with " + daemon.exitValue());
                }
                Thread.onSpinWait();
            }
        }
        return socket();
    }

    /** Its socket is there before it listens. */
    private boolean answers() {
        try (Transport transport = SocketPair.connect(socket())) {
            return transport.peer() != null;
        } catch (IOException e) {
            return false;
        }
    }

    @AfterEach
    void end() throws InterruptedException {
        for (Process process : processes) {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            process.waitFor();
        }
    }

    /** It begins the NAR before it looks. */
    @Override
    void saysThatNarIsAbsent(StoreOperations session, StorePath absent) {
        NarSink nowhere = new NarWriter(OutputStream.nullOutputStream());
        assertThatThrownBy(() -> session.narFromPath(absent, nowhere)).isInstanceOf(Exception.class);
    }
}
