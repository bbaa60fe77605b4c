package dev.berth.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** A store of its own that is served over SSH on this machine: by OpenSSH with nix-daemon, or by Berth. */
final class SshServer implements AutoCloseable {
    private final ServerProcess process;
    private final int port;
    private final Path key;
    private final Path root;
    private final String program;

    private SshServer(ServerProcess process, int port, Path key, Path root, String program) {
        this.process = process;
        this.port = port;
        this.key = key;
        this.root = root;
        this.program = program;
    }

    /** OpenSSH's sshd where the peer's Nix is, as many machines have it; it takes a crowd that its defaults would refuse. */
    static SshServer openSsh(NixPeer peer, Path directory) throws IOException, InterruptedException {
        Path key = key(directory, "user");
        key(directory, "host");
        int port = ServerProcess.freePort();
        Path config = Files.writeString(directory.resolve("sshd_config"), """
                ListenAddress 127.0.0.1:%1$d
                HostKey %2$s/host
                AuthorizedKeysFile %2$s/user.pub
                PidFile none
                StrictModes no
                UsePAM no
                PasswordAuthentication no
                PermitRootLogin yes
                MaxStartups 1000
                """.formatted(port, directory));
        Program sshd = peer.program(
                "sh", "-c", "mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e -f \"$0\"", config.toString());
        Path root = Files.createDirectory(directory.resolve("root"));
        Path daemon = Files.writeString(directory.resolve("nix-daemon"), """
                #!/bin/sh
                exec nix-daemon "$@" --option store 'local?root=%s' --option build-users-group ''
                """.formatted(root));
        Files.setPosixFilePermissions(daemon, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new SshServer(
                ServerProcess.start(sshd, directory, () -> ServerProcess.accepts(port)),
                port,
                key,
                root,
                daemon.toString());
    }

    /** Berth's gateway, with all ciphers that the benchmark asks for. */
    static SshServer berth(Bench bench, Path directory) throws IOException, InterruptedException {
        Path key = key(directory, "user");
        int port = ServerProcess.freePort();
        Path root = Files.createDirectory(directory.resolve("root"));
        Path config = Files.writeString(directory.resolve("gateway.yaml"), """
                store: local?root=%2$s
                ssh:
                  listen: "127.0.0.1:%1$d"
                  host-key: %3$s/host
                  authorized-keys: %3$s/user.pub
                  default-role: admin
                  ciphers: [aes128-gcm@openssh.com, chacha20-poly1305@openssh.com]
                """.formatted(port, root, directory));
        return new SshServer(
                ServerProcess.start(
                        bench.berth("gateway", "--config", config.toString()),
                        directory,
                        () -> ServerProcess.accepts(port)),
                port,
                key,
                root,
                "nix-daemon");
    }

    private static Path key(Path directory, String name) throws IOException, InterruptedException {
        Path key = directory.resolve(name);
        Program.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString())
                .run();
        return key;
    }

    /** Where its store's files are. */
    Path root() {
        return root;
    }

    private String uri() {
        return "ssh-ng://root@127.0.0.1?remote-program=" + program;
    }

    /** What it serves, for clients that are told how to log in and the cipher to use. */
    ServedStore store(Bench bench, NixPeer nix, Path scratch, String cipher) {
        List<String> environment = List.of("env", "NIX_SSHOPTS=" + String.join(" ", options(cipher)));
        return new ServedStore(bench, nix, environment, scratch, uri(), uri());
    }

    /** What {@code ssh} must be told to log in, and the cipher to use. */
    List<String> options(String cipher) {
        return List.of(
                "-F",
                "none",
                "-p",
                Integer.toString(port),
                "-i",
                key.toString(),
                "-c",
                cipher,
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                "LogLevel=ERROR");
    }

    /** What a client asks {@code ssh} to run there. */
    String command() {
        return program + " --stdio";
    }

    double residentMebibytes() throws IOException {
        return process.residentMebibytes();
    }

    @Override
    public void close() {
        process.close();
    }
}
