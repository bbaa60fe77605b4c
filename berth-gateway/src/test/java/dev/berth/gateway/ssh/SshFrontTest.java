package dev.berth.gateway.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.gateway.Role;
import dev.berth.testing.Command;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The SSH server under the real OpenSSH client. */
class SshFrontTest {
    @TempDir
    private Path directory = Path.of("");

    private OpenSsh ssh = new OpenSsh(Path.of(""));
    private Path authorized = Path.of("");
    private final List<SshFront> fronts = new ArrayList<>();

    @BeforeEach
    void prepare() {
        ssh = new OpenSsh(directory);
        authorized = directory.resolve("authorized_keys");
    }

    @AfterEach
    void stop() {
        fronts.forEach(SshFront::close);
    }

    private SshFront start(SshConfig.Limits limits, List<String> ciphers) throws IOException {
        SshConfig config =
                new SshConfig("127.0.0.1", 0, directory.resolve("host_key"), authorized, Role.WRITER, ciphers, limits);
        SshFront front = SshFront.start(config, new EchoSessions(), "2.26.3");
        fronts.add(front);
        return front;
    }

    private SshFront start() throws IOException {
        return start(SshConfig.Limits.DEFAULT, SshConfig.CIPHERS);
    }

    private Path authorize(String name, String prefix, String... options) throws IOException {
        Path key = ssh.key(name, options);
        String before = Files.exists(authorized) ? Files.readString(authorized) : "";
        Files.writeString(authorized, before + prefix + OpenSsh.publicLine(key) + "\n");
        return key;
    }

    @Test
    void rolesStandInFrontOfKeys() throws IOException {
        Path reader = authorize("reader", "environment=\"BERTH_ROLE=reader\" ");
        Path writer = authorize("writer", "");
        Path admin = authorize("admin", "restrict,environment=\"BERTH_ROLE=admin\" ");
        SshFront front = start();
        assertThat(ssh.run(reader, front.port(), "nix-store --serve --write").stdout())
                .isEqualTo("reader writes\n");
        assertThat(ssh.run(writer, front.port(), "/run/current-system/sw/bin/nix-store --serve")
                        .stdout())
                .isEqualTo("writer reads\n");
        Command.Result result = ssh.run(admin, front.port(), "nix-store --serve --write");
        assertThat(result.stdout()).isEqualTo("admin writes\n");
        assertThat(result.exitCode()).isEqualTo(3);
    }

    @Test
    void everyKindOfKeyLogsIn() throws IOException {
        List<Path> keys = List.of(
                authorize("ed25519", ""),
                authorize("rsa", "", "-t", "rsa", "-b", "3072"),
                authorize("ecdsa", "", "-t", "ecdsa", "-b", "384"));
        SshFront front = start();
        for (Path key : keys) {
            assertThat(ssh.run(key, front.port(), "echo started").stdout())
                    .as("%s", key)
                    .isEqualTo("started\n");
        }
    }

    @Test
    void aKeyThatNobodyAuthorizedStaysOutside() throws IOException {
        authorize("good", "");
        Path other = ssh.key("other");
        Command.Result result = ssh.run(other, start().port(), "nix-store --serve");
        assertThat(result.exitCode()).isEqualTo(255);
        assertThat(result.stderr()).contains("Permission denied (publickey)");
    }

    /** The public half of an admin's key is no secret: showing it first must not give its role. */
    @Test
    void aRoleIsThatOfTheKeyThatWasProven() throws IOException {
        Path admin = authorize("admin", "environment=\"BERTH_ROLE=admin\" ");
        Path reader = authorize("reader", "environment=\"BERTH_ROLE=reader\" ");
        Files.delete(admin);
        Files.move(Path.of(admin + ".pub"), admin); // ssh offers a public key whose private half an agent might have
        SshFront front = start();
        List<String> command = new ArrayList<>(ssh.command(reader, front.port(), "nix-store --serve"));
        command.addAll(1, List.of("-i", admin.toString()));
        Command.Result result = Command.of(command.toArray(String[]::new)).run();
        assertThat(result.stdout()).isEqualTo("reader reads\n");
    }

    @Test
    void keysChangeWhileItRuns() throws IOException {
        Path first = authorize("first", "");
        SshFront front = start();
        assertThat(ssh.run(first, front.port(), "echo started").exitCode()).isZero();
        Path second = authorize("second", "");
        assertThat(ssh.run(second, front.port(), "echo started").exitCode()).isZero();
        // As Kubernetes changes a mounted ConfigMap: another file in its place.
        Path next = Files.writeString(directory.resolve("next"), OpenSsh.publicLine(second) + "\n");
        Files.move(next, authorized, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(ssh.run(first, front.port(), "echo started").exitCode()).isEqualTo(255);
        assertThat(ssh.run(second, front.port(), "echo started").exitCode()).isZero();
    }

    @Test
    void aBrokenFileKeepsTheKeys() throws IOException {
        Path key = authorize("key", "");
        SshFront front = start();
        Files.writeString(authorized, "from=\"10.0.0.0/8\" " + OpenSsh.publicLine(key) + "\n");
        assertThat(ssh.run(key, front.port(), "echo started").exitCode()).isZero();
        Files.delete(authorized);
        assertThat(ssh.run(key, front.port(), "echo started").exitCode()).isZero();
        Files.writeString(authorized, "# nobody\n");
        assertThat(ssh.run(key, front.port(), "echo started").exitCode()).isEqualTo(255);
    }

    @Test
    void aBrokenFileAtTheStartIsRefused() throws IOException {
        Files.writeString(authorized, "# keys\nssh-ed25519 nonsense\n");
        assertThatThrownBy(this::start).isInstanceOf(IOException.class).hasMessageContaining("authorized_keys, line 2");
    }

    @Test
    void theHostKeyIsMadeOnceAndKept() throws IOException {
        authorize("key", "");
        Path file = directory.resolve("host_key");
        String fingerprint = start().fingerprint();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Command.of("ssh-keygen", "-l", "-f", file.toString())
                        .succeed()
                        .stdout())
                .contains(fingerprint)
                .contains("(ED25519)");
        assertThat(start().fingerprint()).isEqualTo(fingerprint);
    }

    @Test
    void nothingElseRuns() throws IOException {
        Path key = authorize("key", "");
        int port = start().port();
        Command.Result shell = ssh.run(key, port);
        assertThat(shell.stderr()).contains("without a shell");
        assertThat(shell.exitCode()).isEqualTo(1);
        Command.Result program = ssh.run(key, port, "cat /etc/passwd");
        assertThat(program.stderr()).contains("command not found: 'cat'");
        assertThat(program.exitCode()).isEqualTo(127);
        assertThat(ssh.run(key, port, "nix-store --serve; id").exitCode()).isEqualTo(2);
        assertThat(ssh.run(key, port, "-s", "sftp").stderr()).contains("subsystem request failed");
        assertThat(ssh.run(key, port, "nix-daemon --version").stdout()).isEqualTo("nix-daemon (Nix) 2.26.3\n");
        // A port that is forwarded to nowhere, and one to be listened on.
        Command.Result forward = ssh.run(key, port, "-oExitOnForwardFailure=yes", "-R0:127.0.0.1:1", "echo started");
        assertThat(forward.exitCode()).isEqualTo(255);
        Command.Result direct = ssh.run(key, port, "-W127.0.0.1:" + port);
        assertThat(direct.stderr()).contains("open failed");
    }

    @Test
    void bytesPassUnchangedWithEveryCipherAndWhileKeysAreChanged() throws Exception {
        Path key = authorize("key", "");
        SshFront front =
                start(SshConfig.Limits.DEFAULT, SshConfig.KNOWN_CIPHERS.stream().toList());
        for (String cipher : SshConfig.KNOWN_CIPHERS) {
            // New keys after every MiB: both sides work on them again and again, with data on the way both ways.
            echo(key, front.port(), 6 << 20, "-c" + cipher, "-oRekeyLimit=1M");
        }
    }

    /** Sends so many bytes through the echo and back, with both directions at work at once. */
    private void echo(Path key, int port, long size, String... options) throws Exception {
        List<String> command = new ArrayList<>(ssh.command(key, port, "nix-daemon --stdio"));
        command.addAll(1, List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectError(directory.resolve("err").toFile())
                .start();
        try {
            MessageDigest sent = MessageDigest.getInstance("SHA-256");
            Thread sender = Thread.ofVirtual().start(() -> send(process, size, sent));
            MessageDigest got = MessageDigest.getInstance("SHA-256");
            long count = 0;
            byte[] buffer = new byte[64 << 10];
            try (InputStream in = process.getInputStream()) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    got.update(buffer, 0, n);
                    count += n;
                }
            }
            sender.join();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(Files.readAllLines(directory.resolve("err")))
                    .allSatisfy(line -> assertThat(line).startsWith("Warning: Permanently added"));
            assertThat(count).as("bytes with %s", List.of(options)).isEqualTo(size);
            assertThat(got.digest()).isEqualTo(sent.digest());
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private static void send(Process process, long size, MessageDigest digest) {
        byte[] block = new byte[50_000];
        new Random(size).nextBytes(block);
        try (OutputStream out = process.getOutputStream()) {
            for (long left = size; left > 0; left -= block.length) {
                int n = (int) Math.min(left, block.length);
                digest.update(block, 0, n);
                out.write(block, 0, n);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void whoSaysNothingOrNonsenseIsDisconnected() throws Exception {
        authorize("key", "");
        SshConfig.Limits limits = new SshConfig.Limits(10, 20, 4, Duration.ofSeconds(1), Duration.ofHours(1));
        int port = start(limits, SshConfig.CIPHERS).port();
        List<String> openings = List.of(
                "",
                "GET / HTTP/1.1\r\n\r\n",
                "SSH-2.0-x\r\n",
                "SSH-2.0-x\r\n\0\0\0\u0001\u00ff\u00ff",
                "SSH-1.5-old\n");
        for (String opening : openings) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(15_000);
                socket.getOutputStream().write(opening.getBytes(StandardCharsets.ISO_8859_1));
                drain(socket); // ends, or throws when 15 s have passed
            }
        }
    }

    private static void drain(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[4096];
        int n;
        do {
            try {
                n = in.read(buffer);
            } catch (java.net.SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                return; // reset: gone, too
            }
        } while (n >= 0);
    }

    @Test
    void tooManyThatDoNotLogInAreTurnedAway() throws Exception {
        Path key = authorize("key", "");
        SshConfig.Limits limits = new SshConfig.Limits(10, 3, 4, Duration.ofSeconds(20), Duration.ofHours(1));
        int port = start(limits, SshConfig.CIPHERS).port();
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                silent.add(socket);
                assertThat(socket.getInputStream().read()).isEqualTo('S'); // it is counted
            }
            assertThat(ssh.run(key, port, "echo started").exitCode()).isEqualTo(255);
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
        awaitLogin(key, port);
    }

    private void awaitLogin(Path key, int port) throws InterruptedException {
        for (int i = 0; i < 50; i++) {
            if (ssh.run(key, port, "echo started").exitCode() == 0) {
                return;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("places do not come back");
    }

    @Test
    void tooManyConnectionsAreToldSo() throws Exception {
        Path key = authorize("key", "");
        SshConfig.Limits limits = new SshConfig.Limits(1, 10, 4, Duration.ofSeconds(20), Duration.ofHours(1));
        int port = start(limits, SshConfig.CIPHERS).port();
        Process first = new ProcessBuilder(ssh.command(key, port, "nix-daemon --stdio")).start();
        try {
            first.getOutputStream().write('x');
            first.getOutputStream().flush();
            assertThat(first.getInputStream().read()).isEqualTo('x');
            Command.Result second = ssh.run(key, port, "echo started");
            assertThat(second.exitCode()).isEqualTo(255);
            assertThat(second.stderr()).contains("too many connections");
        } finally {
            first.destroyForcibly();
        }
        awaitLogin(key, port);
    }

    @Test
    void aConnectionThatRunsNothingEndsAndOneThatWaitsStays() throws Exception {
        Path key = authorize("key", "");
        SshConfig.Limits limits = new SshConfig.Limits(10, 10, 4, Duration.ofSeconds(20), Duration.ofSeconds(1));
        int port = start(limits, SshConfig.CIPHERS).port();
        Process busy = new ProcessBuilder(ssh.command(key, port, "nix-daemon --stdio")).start();
        Process idle = new ProcessBuilder(ssh.command(key, port, "-N"))
                .redirectErrorStream(true)
                .start();
        try {
            assertThat(idle.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(idle.exitValue()).isEqualTo(255);
            busy.getOutputStream().write('x');
            busy.getOutputStream().flush();
            assertThat(busy.getInputStream().read()).isEqualTo('x');
        } finally {
            busy.destroyForcibly();
            idle.destroyForcibly();
        }
    }

    @Test
    void stoppingLetsACommandGoOnAndSaysWhyItEnds() throws Exception {
        Path key = authorize("key", "");
        SshFront front = start();
        Path err = directory.resolve("err");
        Process process = new ProcessBuilder(ssh.command(key, front.port(), "nix-daemon --stdio"))
                .redirectError(err.toFile())
                .start();
        try {
            process.getOutputStream().write('x');
            process.getOutputStream().flush();
            assertThat(process.getInputStream().read()).isEqualTo('x');
            int port = front.port();
            front.stopAccepting();
            assertThat(ssh.run(key, port, "echo started").stderr()).contains("Connection refused");
            process.getOutputStream().write('y');
            process.getOutputStream().flush();
            assertThat(process.getInputStream().read()).isEqualTo('y');
            front.close();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(Files.readString(err)).contains("the gateway stops");
        } finally {
            process.destroyForcibly();
        }
    }
}
