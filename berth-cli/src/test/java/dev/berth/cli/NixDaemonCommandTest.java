package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Command;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code berth nix-daemon} in the place of nix-daemon, with the real Nix as its client. */
class NixDaemonCommandTest {
    @TempDir
    private Path directory = Path.of("");

    private final Map<String, String> environment = new HashMap<>();

    /** A store of its own at places of its own, as Nix's functional tests make it. */
    @BeforeEach
    void makeEnvironment() throws IOException {
        Requires.program("nix-store");
        environment.put("NIX_STORE_DIR", directory.resolve("store").toString());
        environment.put("NIX_STATE_DIR", directory.resolve("state").toString());
        environment.put("NIX_LOG_DIR", directory.resolve("log").toString());
        environment.put("NIX_CONF_DIR", directory.resolve("etc").toString());
        environment.put("NIX_USER_CONF_FILES", "");
        environment.put("NIX_DAEMON_SOCKET_PATH", directory.resolve("dSocket").toString());
        environment.put("HOME", directory.toString());
        environment.put("NIX_PATH", "");
        Files.createDirectory(directory.resolve("etc"));
        Files.writeString(directory.resolve("etc/nix.conf"), """
                experimental-features = nix-command
                substituters =
                build-users-group =
                """);
    }

    private List<String> berth(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "nix-daemon"));
        command.addAll(List.of(arguments));
        return command;
    }

    private Process start(String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(berth(arguments))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("daemon.log").toFile());
        builder.environment().putAll(environment);
        Process daemon = builder.start();
        while (!Files.exists(directory.resolve("dSocket"))) {
            if (!daemon.isAlive()) {
                throw new AssertionError("ended: " + Files.readString(directory.resolve("daemon.log")));
            }
            Thread.sleep(20);
        }
        return daemon;
    }

    private Command nix(String... arguments) {
        Map<String, String> variables = new HashMap<>(environment);
        variables.put("NIX_REMOTE", "daemon");
        return new Command(List.of(arguments), variables);
    }

    private String output(String... arguments) {
        return nix(arguments).succeed().stdout().strip();
    }

    @Test
    void servesWhatTheEnvironmentNames() throws IOException, InterruptedException {
        Process daemon = start("--daemon");
        try {
            Path socket = directory.resolve("dSocket");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-rw-rw-");
            Path file = Files.writeString(directory.resolve("file"), "hello\n");
            String path = output("nix-store", "--add", file.toString());
            assertThat(path).startsWith(directory.resolve("store") + "/");
            assertThat(Path.of(path)).hasContent("hello\n");
            assertThat(output("nix-store", "-q", "--hash", path)).startsWith("sha256:");
            assertThat(output("nix", "store", "ping", "--store", "daemon") + "x")
                    .isNotBlank();

            Path root = directory.resolve("root");
            output("nix-store", "-r", "--add-root", root.toString(), path);
            assertThat(output("nix-store", "--gc", "--print-roots")).contains(root.toString());
            String dead = output("nix-store", "--add", directory.resolve("etc").toString());
            assertThat(output("nix-store", "--gc", "--print-dead"))
                    .contains(dead)
                    .doesNotContain(path);
            output("nix-store", "--gc");
            assertThat(Files.exists(Path.of(dead))).isFalse();
            assertThat(Files.exists(Path.of(path))).isTrue();
            output("nix-store", "--verify", "--check-contents");

            // The real Nix sees the same store without a daemon.
            Map<String, String> direct = new HashMap<>(environment);
            direct.put("NIX_REMOTE", "local");
            assertThat(new Command(List.of("nix-store", "--verify", "--check-contents"), direct)
                            .succeed()
                            .stderr())
                    .doesNotContain("error");

            daemon.destroy(); // SIGTERM
            assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(daemon.exitValue()).isZero();
            assertThat(Files.exists(socket)).isFalse();
            assertThat(Files.readString(directory.resolve("daemon.log")))
                    .isEqualTo("berth: serving auto on the socket " + socket + "\n");
        } finally {
            daemon.destroyForcibly();
        }
    }

    /** A stand-in for systemd: a listening socket as descriptor 3, and the environment that says so. */
    private static final String ACTIVATE = """
            use Socket; use POSIX;
            $^F = 100; # descriptors stay open in the program
            my $path = shift @ARGV;
            socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die $!;
            bind($s, pack_sockaddr_un("$path.new")) or die $!;
            listen($s, 5) or die $!;
            rename("$path.new", $path) or die $!;
            fileno($s) == 3 or POSIX::dup2(fileno($s), 3) or die $!;
            $ENV{LISTEN_FDS} = 1;
            $ENV{LISTEN_PID} = shift(@ARGV) eq "mine" ? $$ : 1;
            exec @ARGV or die $!;
            """;

    private Process activate(String whose) throws IOException {
        List<String> command = new ArrayList<>(
                List.of("perl", "-e", ACTIVATE, directory.resolve("dSocket").toString(), whose));
        command.addAll(berth("--daemon"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("daemon.log").toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    @Test
    void takesTheSocketThatSystemdMade() throws IOException, InterruptedException {
        Requires.program("perl");
        Process daemon = activate("mine");
        try {
            Path socket = directory.resolve("dSocket");
            while (!Files.exists(socket) && daemon.isAlive()) {
                Thread.sleep(20);
            }
            // Whoever connects before the daemon is there waits.
            Path file = Files.writeString(directory.resolve("file"), "hello\n");
            assertThat(Path.of(output("nix-store", "--add", file.toString()))).hasContent("hello\n");
            daemon.destroy(); // SIGTERM
            assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(daemon.exitValue()).isZero();
            // It is systemd's, who serves it again.
            assertThat(Files.exists(socket)).isTrue();
        } finally {
            daemon.destroyForcibly();
        }
    }

    @Test
    void refusesTheSocketOfAnotherProcess() throws IOException, InterruptedException {
        Requires.program("perl");
        Process daemon = activate("other");
        try {
            assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(daemon.exitValue()).isEqualTo(2);
            assertThat(Files.readString(directory.resolve("daemon.log"))).contains("LISTEN_PID '1'");
        } finally {
            daemon.destroyForcibly();
        }
    }

    /** Nix runs the remote program of the host localhost itself, without SSH. */
    @Test
    void servesStandardInputAndOutput() throws IOException {
        Path program = Files.writeString(
                directory.resolve("program"), "#!/bin/sh\nexec '" + String.join("' '", berth()) + "' \"$@\"\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        String uri = "ssh-ng://localhost?remote-program=" + program;
        Path file = Files.writeString(directory.resolve("file"), "hello\n");
        Command add = new Command(List.of("nix-store", "--store", uri, "--add", file.toString()), environment);
        String path = add.succeed().stdout().strip();
        assertThat(Path.of(path)).hasContent("hello\n");
    }

    @Test
    void saysItsVersionAndRefusesBrokenSettings() throws IOException {
        Command version = new Command(berth("--version"), environment);
        assertThat(version.succeed().stdout()).isEqualTo("nix-daemon (Nix) 2.26.3\n");
        Files.writeString(directory.resolve("etc/nix.conf"), "require-sigs = maybe\n");
        Command.Result result = new Command(berth("--stdio"), environment).run();
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.stderr())
                .contains("'require-sigs' has invalid value 'maybe'")
                .hasLineCount(1);
        Files.writeString(directory.resolve("etc/nix.conf"), "");
        Command.Result option = new Command(berth("--stdio", "--option", "store", "nonsense://x"), environment).run();
        assertThat(option.exitCode()).isNotZero();
        assertThat(option.stderr()).contains("nonsense");
    }
}
