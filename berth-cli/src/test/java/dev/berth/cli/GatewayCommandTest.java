package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code berth gateway} says to command lines and files that can't be. */
class GatewayCommandTest {
    @TempDir
    private Path directory = Path.of("");

    private static void refused(String message, String... arguments) {
        Cli cli = Cli.run(arguments);
        assertThat(cli.exitCode()).isEqualTo(2);
        assertThat(cli.err().lines().findFirst().orElse(""))
                .startsWith("berth: ")
                .contains(message);
    }

    @Test
    void somethingIsMissing() {
        refused("which store?", "gateway");
        refused("served where?", "gateway", "--store", "local?root=" + directory);
    }

    @Test
    void somethingCannotBe() throws IOException {
        String store = "local?root=" + directory;
        refused("not an address: 'here'", "gateway", "--store", store, "--ssh", "here");
        refused(
                "--store: ",
                "gateway",
                "--store",
                "gopher://x",
                "--unix",
                directory.resolve("s").toString());
        Path config = Files.writeString(directory.resolve("gateway.yaml"), "store: x\nunixx:\n  path: /y\n");
        refused("line 3: unknown key 'unixx'", "gateway", "--config", config.toString());
        refused(
                "does not exist",
                "gateway",
                "--config",
                directory.resolve("none").toString());
    }

    @Test
    void aFileOfKeysThatIsNotThereIsSaid() {
        Cli cli = Cli.run(
                "gateway",
                "--store",
                "local?root=" + directory,
                "--ssh",
                "127.0.0.1:0",
                "--host-key",
                directory.resolve("key").toString(),
                "--authorized-keys",
                directory.resolve("none").toString());
        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(cli.err()).isEqualTo("berth: the authorized keys " + directory.resolve("none") + " do not exist\n");
    }
}
