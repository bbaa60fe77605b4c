package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.gateway.ssh.OpenSsh;
import dev.berth.gateway.ssh.SshConfig;
import dev.berth.gateway.unix.UnixConfig;
import dev.berth.gateway.unix.UserRules;
import dev.berth.nix.SecretKey;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.testing.Command;
import dev.berth.testing.Project;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import dev.berth.wire.SessionLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store of Berth's under the real {@code nix} and the real {@code ssh}. */
class GatewayTest {
    @TempDir
    private Path directory = Path.of("");

    private Optional<RealNix> nix = Optional.empty();
    private Optional<ServedStore> store = Optional.empty();
    private Optional<Gateway> gateway = Optional.empty();
    private final Map<String, Path> keys = new HashMap<>();
    private ServiceSettings settings = ServiceSettings.DEFAULT;

    @BeforeEach
    void makeNix() {
        nix = Optional.of(new RealNix(directory));
    }

    private RealNix nix() {
        return nix.orElseThrow();
    }

    private String servedUri() {
        return "local?root=" + directory.resolve("served");
    }

    private Path socket() {
        return directory.resolve("socket");
    }

    private Gateway start(UserRules rules) throws IOException {
        OpenSsh ssh = new OpenSsh(directory);
        StringBuilder authorized = new StringBuilder();
        for (Role role : Role.values()) {
            Path key = ssh.key(role.toString());
            keys.put(role.toString(), key);
            authorized.append("environment=\"BERTH_ROLE=" + role + "\" " + OpenSsh.publicLine(key) + "\n");
        }
        Path authorizedKeys = Files.writeString(directory.resolve("authorized_keys"), authorized);
        ServedStore served = ServedStore.local(LocalStoreConfig.root(directory.resolve("served")), settings);
        store = Optional.of(served);
        Gateway started = Gateway.start(
                served.service(),
                Optional.of(UnixConfig.of(socket(), rules)),
                Optional.of(SshConfig.of("127.0.0.1", 0, directory.resolve("host_key"), authorizedKeys)),
                SessionLimits.DEFAULT,
                Duration.ofSeconds(5));
        gateway = Optional.of(started);
        return started;
    }

    @AfterEach
    void stop() {
        gateway.ifPresent(Gateway::close);
        store.ifPresent(ServedStore::close);
    }

    /** A path with a reference to another, in the store of the real Nix. */
    private String closure(String name) {
        return nix().build("""
                        let make = name: text: derivation {
                          inherit name; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo ${text} > $out" ];
                        };
                        in make "second" (make "first" "NAME")
                        """.replace("NAME", name)).getFirst();
    }

    private Command ssh(Role role, String... arguments) {
        Command plain = nix().command(arguments);
        Map<String, String> environment = new HashMap<>(plain.environment());
        int port = gateway.orElseThrow().sshPort().orElseThrow();
        environment.put(
                "NIX_SSHOPTS",
                String.join(
                        " ", new OpenSsh(directory).options(keys.getOrDefault(role.toString(), Path.of("")), port)));
        return new Command(plain.arguments(), environment);
    }

    @Test
    void copiesThereAndBackOverTheSocket() throws IOException {
        start(UserRules.DEFAULT);
        String path = closure("deep");
        String uri = "unix://" + socket();
        assertThat(nix().command("nix", "store", "ping", "--store", uri)
                                .succeed()
                                .stdout() + "x")
                .isNotBlank();
        nix().output("nix", "copy", "--no-check-sigs", "--to", uri, path);
        assertThat(nix().output("nix", "path-info", "-r", "--json", "--store", uri, path))
                .contains(path)
                .contains("narHash");
        String other = "local?root=" + directory.resolve("other");
        // Nix reads the files of a daemon's store itself, and has to know where they lie.
        nix().output(
                        "nix",
                        "copy",
                        "--no-check-sigs",
                        "--from",
                        uri + "?root=" + directory.resolve("served"),
                        "--to",
                        other,
                        path);
        nix().verifies(other);
        nix().verifies(servedUri());
    }

    @Test
    void copiesThereAndBackOverSsh() throws IOException {
        start(UserRules.DEFAULT);
        for (String uri : List.of("ssh-ng://anyone@127.0.0.1", "ssh://anyone@127.0.0.1")) {
            String path = closure(uri.replaceAll("[^a-z]", ""));
            ssh(Role.ADMIN, "nix", "copy", "--no-check-sigs", "--to", uri, path).succeed();
            String other = "local?root=" + directory.resolve("from-" + uri.substring(0, uri.indexOf(':')));
            ssh(Role.READER, "nix", "copy", "--no-check-sigs", "--from", uri, "--to", other, path)
                    .succeed();
            nix().verifies(other);
        }
        nix().verifies(servedUri());
    }

    /** Nix 2.26 speaks newer protocols than the machine's: 1.38 and 2.7. */
    @Test
    void copiesThereAndBackOverSshByNewerNix() throws IOException {
        Requires.root();
        Path debian = Project.root().resolve(".cache/debian13");
        Requires.that(
                Files.exists(debian.resolve(".made")) && Files.exists(debian.resolve("usr/bin/ssh")),
                "needs Nix 2.26 and ssh in a Debian 13 root: run 'testbed/debian13 true' once");
        start(UserRules.DEFAULT);
        for (String uri : List.of("ssh-ng://anyone@127.0.0.1", "ssh://anyone@127.0.0.1")) {
            String path = closure(uri.replaceAll("[^a-z]", ""));
            newerNix(Role.ADMIN, "copy", "--no-check-sigs", "--from", nix().uri(), "--to", uri, path);
            assertThat(newerNix(Role.READER, "path-info", "-r", "--store", uri, path))
                    .contains(path)
                    .hasLineCount(2);
            String other = "local?root=" + directory.resolve("newer-" + uri.substring(0, uri.indexOf(':')));
            newerNix(Role.READER, "copy", "--no-check-sigs", "--from", uri, "--to", other, path);
            nix().verifies(other);
        }
        nix().verifies(servedUri());
    }

    private String newerNix(Role role, String... arguments) {
        List<String> line = new ArrayList<>(
                List.of(Project.root().resolve("testbed/debian13").toString(), "env", "NIX_CONFIG=substituters ="));
        // The root gets only what stands in its command.
        line.add("NIX_SSHOPTS=" + ssh(role).environment().get("NIX_SSHOPTS"));
        line.addAll(List.of("nix", "--extra-experimental-features", "nix-command"));
        line.addAll(List.of(arguments));
        return new Command(line, Map.of()).succeed().stdout().strip();
    }

    /** A store path that is read file by file. */
    @Test
    void showsFilesOverSsh() throws IOException {
        start(UserRules.DEFAULT);
        String uri = "ssh-ng://anyone@127.0.0.1";
        String path = closure("deep");
        ssh(Role.ADMIN, "nix", "copy", "--no-check-sigs", "--to", uri, path).succeed();
        assertThat(ssh(Role.READER, "nix", "store", "ls", "-l", "--store", uri, path)
                        .succeed()
                        .stdout())
                .startsWith("-r--r--r--");
        assertThat(ssh(Role.READER, "nix", "store", "cat", "--store", uri, path)
                        .succeed()
                        .stdout())
                .startsWith("/nix/store/");
    }

    /** As users of older tools do: nix-copy-closure, and the serve protocol's roles. */
    @Test
    void theServeProtocolKeepsTheRoles() throws IOException {
        start(UserRules.DEFAULT);
        String path = closure("deep");
        Command.Result reader = ssh(Role.READER, "nix-copy-closure", "--to", "anyone@127.0.0.1", path)
                .run();
        assertThat(reader.exitCode()).isNotZero();
        Command.Result writer = ssh(Role.WRITER, "nix-copy-closure", "--to", "anyone@127.0.0.1", path)
                .run();
        assertThat(writer.exitCode()).isNotZero();
        ssh(Role.ADMIN, "nix-copy-closure", "--to", "anyone@127.0.0.1", path).succeed();
        nix().verifies(servedUri());
    }

    /** A gateway in front of a gateway: nothing is lost on the way. */
    @Test
    void servesAnotherDaemonByProxy() throws IOException {
        start(UserRules.DEFAULT);
        String path = closure("deep");
        Path front = directory.resolve("front");
        try (ServedStore proxy = ServedStore.open("unix://" + socket(), settings);
                Gateway second = Gateway.start(
                        proxy.service(),
                        Optional.of(UnixConfig.of(front, UserRules.DEFAULT)),
                        Optional.empty(),
                        SessionLimits.DEFAULT,
                        Duration.ofSeconds(5))) {
            assertThat(second.served()).contains(front.toString());
            nix().output("nix", "copy", "--no-check-sigs", "--to", "unix://" + front, path);
            assertThat(nix().output("nix", "path-info", "-r", "--store", "unix://" + front, path))
                    .contains(path)
                    .hasLineCount(2);
            String from = "unix://" + front + "?root=" + directory.resolve("served");
            String other = "local?root=" + directory.resolve("other");
            nix().output("nix", "copy", "--no-check-sigs", "--from", from, "--to", other, path);
            nix().verifies(other);
        }
        nix().verifies(servedUri());
    }

    @Test
    void rolesMayWhatTheyMay() throws IOException {
        SecretKey key = SecretKey.generate("test-1");
        Path keyFile = Files.writeString(directory.resolve("key"), key.print());
        settings = settings.with("trusted-public-keys", key.publicKey().toString());
        start(UserRules.DEFAULT);
        String uri = "ssh-ng://anyone@127.0.0.1";
        String unsigned = inputAddressed("unsigned");
        String signed = inputAddressed("signed");
        nix().output("nix", "store", "sign", "-k", keyFile.toString(), signed);

        Command.Result reader =
                ssh(Role.READER, "nix", "copy", "--to", uri, signed).run();
        assertThat(reader.exitCode()).isNotZero();
        assertThat(reader.stderr()).contains("a reader may not");
        Command.Result writer = ssh(Role.WRITER, "nix", "copy", "--no-check-sigs", "--to", uri, unsigned)
                .run();
        assertThat(writer.exitCode()).isNotZero();
        assertThat(writer.stderr()).contains("lacks a signature by a trusted key");
        ssh(Role.WRITER, "nix", "copy", "--to", uri, signed).succeed();
        ssh(Role.ADMIN, "nix", "copy", "--no-check-sigs", "--to", uri, unsigned).succeed();

        assertThat(ssh(Role.READER, "nix", "path-info", "--store", uri, signed, unsigned)
                        .succeed()
                        .stdout())
                .contains(signed, unsigned);
        Command.Result delete = ssh(Role.READER, "nix", "store", "delete", "--store", uri, signed)
                .run();
        assertThat(delete.stderr()).contains("a reader may not delete");
        Command.Result verify =
                ssh(Role.READER, "nix-store", "--store", uri, "--verify").run();
        assertThat(verify.stderr()).contains("a reader may not");
        assertThat(ssh(Role.ADMIN, "nix", "store", "delete", "--store", uri, unsigned)
                        .run()
                        .exitCode())
                .isZero();
        nix().verifies(servedUri());
    }

    /** A path that is not content-addressed: what a build makes. */
    private String inputAddressed(String name) {
        return nix().build("derivation { name = \"" + name
                        + "\"; system = builtins.currentSystem; builder = \"/bin/sh\"; args = [ \"-c\" \"echo " + name
                        + " > $out\" ]; }")
                .getFirst();
    }

    @Test
    void whoIsNotAllowedIsToldSo() throws IOException {
        Requires.root();
        Requires.program("setpriv");
        Path place = Files.createTempDirectory("berth");
        Command command = Command.of(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "env",
                "HOME=/nonexistent",
                "nix",
                "--extra-experimental-features",
                "nix-command",
                "store",
                "ping",
                "--store",
                "unix://" + place.resolve("socket"));
        try {
            Files.setPosixFilePermissions(place, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
            ServedStore served = ServedStore.local(LocalStoreConfig.root(directory.resolve("served")), settings);
            store = Optional.of(served);
            UserRules rules = new UserRules(List.of(), List.of("alice"), List.of());
            gateway = Optional.of(Gateway.start(
                    served.service(),
                    Optional.of(UnixConfig.of(place.resolve("socket"), rules)),
                    Optional.empty(),
                    SessionLimits.DEFAULT,
                    Duration.ofSeconds(5)));
            Command.Result result = command.run();
            assertThat(result.exitCode()).isNotZero();
            assertThat(result.stderr()).contains("user 'nobody' is not allowed to connect to the Nix daemon");
        } finally {
            gateway.ifPresent(Gateway::close);
            Files.delete(place);
        }
    }

    @Test
    void twoHundredClientsAtOnce() throws Exception {
        start(UserRules.DEFAULT);
        String path = closure("deep");
        String uri = "unix://" + socket();
        nix().output("nix", "copy", "--no-check-sigs", "--to", uri, path);
        List<String> failures = java.util.Collections.synchronizedList(new java.util.ArrayList<>());
        try (var threads = java.util.concurrent.Executors.newFixedThreadPool(25)) {
            for (int i = 0; i < 200; i++) {
                threads.execute(() -> {
                    Command.Result result = nix().command("nix", "path-info", "--store", uri, path)
                            .run();
                    if (result.exitCode() != 0) {
                        failures.add(result.stderr());
                    }
                });
            }
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void aStopLetsACopyEnd() throws Exception {
        start(UserRules.DEFAULT);
        Path big = directory.resolve("big");
        try (var file = new java.io.RandomAccessFile(big.toFile(), "rw")) {
            file.setLength(150L << 20);
        }
        String path = nix().add(big);
        Process copy = process(ssh(Role.ADMIN, "nix", "copy", "--no-check-sigs", "--to", "ssh-ng://x@127.0.0.1", path));
        try {
            while (gateway.orElseThrow().sessions() == 0) {
                assertThat(copy.isAlive()).isTrue();
                Thread.sleep(10);
            }
            Thread.sleep(300); // well into it, or over: both must end well
            gateway.orElseThrow().close();
            assertThat(copy.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            copy.destroyForcibly();
        }
        nix().verifies(servedUri());
    }

    private Process process(Command command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command.arguments())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile());
        builder.environment().putAll(command.environment());
        return builder.start();
    }
}
