package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real Nix copies to and from Berth by {@code ssh://}. Nix runs {@code ssh} from the PATH: here that is a script that
 * runs the serve session without a network.
 */
final class RealNixOverServeTest {
    @TempDir
    private Path directory;

    private RealNix nix;
    private Map<String, String> environment;

    @BeforeEach
    void makeSsh() throws IOException {
        nix = new RealNix(directory);
        Path bin = Files.createDirectory(directory.resolve("bin"));
        Path ssh = Files.writeString(bin.resolve("ssh"), """
                #!/bin/sh
                # Nix asks whether a master connection runs, and waits for this word of a local command.
                case " $* " in *" -O check "*) exit 1;; esac
                case " $* " in *"echo started"*) echo started;; esac
                exec %s/bin/java -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED \\
                  -cp '%s' dev.berth.gateway.ServeProgram '%s' $(echo "$*" | grep -o -e --write)
                """.formatted(
                System.getProperty("java.home"), System.getProperty("java.class.path"), directory.resolve("served")));
        assertThat(ssh.toFile().setExecutable(true)).isTrue();
        environment = new HashMap<>(nix.command("nix").environment());
        environment.put("PATH", bin + ":" + System.getenv("PATH"));
    }

    private Command.Result nix(String... arguments) {
        return new Command(nix.command(arguments).arguments(), environment).succeed();
    }

    @Test
    void copiesBothWays() throws IOException {
        Path low = Files.writeString(directory.resolve("low"), "low\n");
        String lowPath = nix.add(low);
        String top = nix.build(
                        "derivation { name = \"top\"; system = builtins.currentSystem; builder = \"/bin/sh\"; low = "
                                + "builtins.storePath \"" + lowPath + "\"; args = [ \"-c\" \"echo $low > $out\" ]; }")
                .getFirst();
        nix("nix", "copy", "--to", "ssh://root@berth", top);
        assertThat(nix("nix", "path-info", "-r", "--store", "ssh://root@berth", top)
                        .stdout()
                        .lines())
                .containsExactlyInAnyOrder(lowPath, top);
        assertThat(nix("nix-store", "--store", "ssh://root@berth", "-q", "--references", top)
                        .stdout()
                        .strip())
                .isEqualTo(lowPath);
        nix("nix-copy-closure", "--to", "root@berth", top);
        RealNix other = new RealNix(Files.createDirectory(directory.resolve("other")));
        Map<String, String> there = new HashMap<>(other.command("nix").environment());
        there.put("PATH", String.valueOf(environment.get("PATH")));
        new Command(
                        other.command("nix", "copy", "--no-check-sigs", "--from", "ssh://root@berth", top)
                                .arguments(),
                        there)
                .succeed();
        assertThat(Files.readString(other.real(top))).isEqualTo(lowPath + "\n");
        other.verifies(other.uri());
        nix.verifies("local?root=" + directory.resolve("served"));
    }
}
