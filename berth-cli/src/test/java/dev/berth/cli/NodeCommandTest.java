package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wrong usage of {@code berth node}: one line, and exit code 2. */
class NodeCommandTest {
    @TempDir
    private Path dir;

    private static void isRefused(String message, String... arguments) {
        Cli cli = Cli.run(arguments);
        assertThat(cli.exitCode()).as(cli.err()).isEqualTo(Failures.USAGE);
        assertThat(cli.err()).startsWith("berth: ").contains(message).doesNotContain("Exception");
    }

    @Test
    void whatIsMissingIsNamed() {
        isRefused("which store?", "node", "--csi-socket", "/tmp/x.sock");
        isRefused("served where?", "node", "--root", dir.toString());
        isRefused("--kubelet-dir", "node", "--root", dir.toString(), "--kubelet-dir", "/k", "--csi-socket", "/x");
        isRefused("not an address", "node", "--root", dir.toString(), "--csi-socket", "/x", "--metrics", "9099");
    }

    /** What picocli formats needs two percent signs, and what it does not format shows both. */
    @Test
    void helpSaysOnePercent() {
        Cli cli = Cli.run("node", "--help");
        assertThat(cli.exitCode()).isZero();
        assertThat(cli.out())
                .contains("--gc-min-free=SIZE|PERCENT%", "such as 10%")
                .doesNotContain("%%");
    }

    @Test
    void badFilesAreRefused() throws IOException {
        Path file = dir.resolve("node.yaml");
        isRefused(file + " does not exist", "node", "--config", file.toString());
        Files.writeString(file, "root: /x\nkubelet: {dir: /k}\nmetrics: nowhere\n");
        isRefused(file + ", line 3: 'metrics'", "node", "--config", file.toString());
        Files.writeString(file, "\u0000");
        isRefused(file.toString(), "node", "--config", file.toString());
    }
}
