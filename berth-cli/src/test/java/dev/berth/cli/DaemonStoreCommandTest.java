package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code berth store} on the real nix-daemon and {@code nix-store --serve}, which each command starts: at
 * {@code localhost} Nix's own programs run without ssh.
 */
class DaemonStoreCommandTest {
    @TempDir
    private Path directory;

    private RealNix nix;
    private String daemon;
    private String serve;

    @BeforeEach
    void nameStores() {
        nix = new RealNix(directory);
        Requires.program("nix-daemon");
        String remote = "://localhost?remote-store=" + nix.uri().replace("?", "%3F");
        daemon = "ssh-ng" + remote;
        serve = "ssh" + remote;
    }

    @Test
    void doesEverythingOnADaemon() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "hello\n");
        Path key = directory.resolve("key");
        String path = Cli.output("store", "add", "--store", daemon, file.toString());
        assertThat(nix.add(file)).isEqualTo(path);
        assertThat(Cli.output("store", "ls", "--store", daemon)).isEqualTo(path);
        assertThat(Cli.output("store", "ls", "--store", daemon, "-l", path)).contains(" 6  .");
        Cli.output("store", "keys", "generate", "k-1", "--secret-key-file", key.toString());
        Cli.output("store", "sign", "--store", daemon, "-k", key.toString(), path);
        assertThat(Cli.output("store", "info", "--store", daemon, "-r", path)).contains("signature   k-1:");
        assertThat(Cli.output("store", "verify", "--store", daemon, "--check-contents"))
                .isEmpty();
        Files.createSymbolicLink(nix.root().resolve("nix/var/nix/gcroots/kept"), Path.of(path));
        assertThat(Cli.output("store", "roots", "ls", "--store", daemon)).endsWith("gcroots/kept -> " + path);
        Cli alive = Cli.run("store", "gc", "--store", daemon, path);
        assertThat(alive.exitCode()).isEqualTo(1);
        assertThat(alive.err()).contains("alive").startsWith("berth: ").hasLineCount(1);
        assertThat(Cli.output("store", "gc", "--store", daemon)).isEmpty();
        Files.delete(nix.root().resolve("nix/var/nix/gcroots/kept"));
        assertThat(Cli.output("store", "gc", "--store", daemon, "--dry-run")).isEqualTo(path);
        assertThat(Cli.output("store", "gc", "--store", daemon)).isEqualTo(path);
        assertThat(Cli.output("store", "ls", "--store", daemon)).isEmpty();
    }

    @Test
    void saysWhatADamagedStoreHas() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "hello\n");
        String path = Cli.output("store", "add", "--store", daemon, file.toString());
        assertThat(nix.real(path).toFile().setWritable(true)).isTrue();
        Files.writeString(nix.real(path), "other\n");
        Cli bad = Cli.run("store", "verify", "--store", daemon, "--check-contents");
        assertThat(bad.exitCode()).isEqualTo(1);
        assertThat(bad.out()).contains(path).contains("modified");
    }

    @Test
    void copiesByServe() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "hello\n");
        String here = "local?root=" + directory.resolve("here");
        String path = Cli.output("store", "add", "--store", here, file.toString());
        Cli.output("store", "copy", "--from", here, "--to", serve, path);
        assertThat(Cli.output("store", "info", "--store", serve, path)).startsWith(path);
        String back = "local?root=" + directory.resolve("back");
        Cli.output("store", "copy", "--from", serve, "--to", back, path);
        assertThat(Cli.output("store", "ls", "--store", back)).isEqualTo(path);
        Cli list = Cli.run("store", "ls", "--store", serve);
        assertThat(list.exitCode()).isEqualTo(1);
        assertThat(list.err()).contains("the serve protocol cannot list all paths");
    }
}
