package dev.berth.store.daemon;

import dev.berth.testing.Command;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** OpenSSH's server as a child on a port of the loopback, with its own keys, for the user who runs the tests. */
final class RealSshd implements AutoCloseable {
    private final Path directory;
    private final int port;
    private final Process process;

    /** @param directory an existing one */
    RealSshd(Path directory) throws IOException, InterruptedException {
        this.directory = directory;
        Path program = Path.of("/usr/sbin/sshd");
        Requires.that(Files.isExecutable(program), "needs openssh-server");
        Requires.root();
        // Where sshd keeps apart what has no rights; Debian's start script makes it.
        Files.createDirectories(Path.of("/run/sshd"));
        for (String name : List.of("host", "user")) {
            Command.of(
                            "ssh-keygen",
                            "-q",
                            "-t",
                            "ed25519",
                            "-N",
                            "",
                            "-f",
                            directory.resolve(name).toString())
                    .succeed();
        }
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path config = Files.writeString(directory.resolve("sshd_config"), """
                ListenAddress 127.0.0.1:%d
                HostKey %s
                AuthorizedKeysFile %s
                PidFile none
                StrictModes no
                UsePAM no
                PasswordAuthentication no
                PermitRootLogin yes
                """.formatted(
                        port, directory.resolve("host"), directory.resolve("user.pub")));
        Path log = directory.resolve("sshd.log");
        process = new ProcessBuilder(program.toString(), "-D", "-e", "-f", config.toString())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(log.toFile())
                .redirectErrorStream(true)
                .start();
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30); !answers(); ) {
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                throw new AssertionError("sshd does not run: " + Files.readString(log));
            }
            Thread.sleep(20);
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * A store's URI with what is needed to log in.
     *
     * @param keys the file of the key that the host should have
     */
    String uri(String scheme, Path keys, String remoteStore) throws IOException {
        String key = Base64.getEncoder().encodeToString(Files.readAllBytes(keys));
        return scheme + "://root@127.0.0.1:" + port + "?ssh-key=" + directory.resolve("user")
                + "&base64-ssh-public-host-key=" + encode(key) + "&remote-store=" + encode(remoteStore);
    }

    String uri(String scheme, String remoteStore) throws IOException {
        return uri(scheme, directory.resolve("host.pub"), remoteStore);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
