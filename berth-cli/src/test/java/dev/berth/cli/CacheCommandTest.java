package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.RealNix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheCommandTest {
    @TempDir
    private Path directory;

    private RealNix nix;

    @BeforeEach
    void start() {
        nix = new RealNix(directory);
    }

    private String add(String name) throws IOException {
        return nix.add(Files.writeString(directory.resolve(name), name.repeat(1000)));
    }

    @Test
    void collectsPinsAndCounts() throws IOException {
        String one = add("one");
        String two = add("two");
        assertThat(Cli.run("cache", "pin", "--store", nix.uri(), "keep/1", one).exitCode())
                .isZero();
        assertThat(Cli.run("cache", "pins", "--store", nix.uri()).out()).startsWith("keep/1  " + one + "  20");
        assertThat(Cli.run("cache", "pins", "--json", "--store", nix.uri()).out())
                .contains("\"name\":\"keep/1\",\"path\":\"" + one + "\"");

        String[] gc = {"cache", "gc", "--store", nix.uri(), "--max-size", "0", "--grace", "0s", "--dry-run"};
        Cli dry = Cli.run(gc);
        assertThat(dry.exitCode()).isZero();
        assertThat(dry.out()).startsWith(two + "  ").contains("unused for").doesNotContain(one);
        assertThat(dry.err()).contains("would delete 1 paths").contains("1 pinned");
        assertThat(Files.exists(nix.real(two))).isTrue();

        Cli done = Cli.run("cache", "gc", "--json", "--store", nix.uri(), "--max-size", "0", "--grace", "0s");
        assertThat(done.exitCode()).isEqualTo(1);
        assertThat(done.err()).contains("more than 0 B");
        assertThat(done.out()).contains("\"path\":\"" + two + "\"").contains("\"kept\":{\"pin\":1}");
        assertThat(Files.exists(nix.real(two))).isFalse();

        assertThat(Cli.run("cache", "stats", "--store", nix.uri()).out())
                .contains("paths        1,")
                .contains("pins         1, holding 1 paths")
                .contains("0 h to 1 h   1,")
                .contains("1 h to 1 d   0,");
        assertThat(Cli.run("cache", "stats", "--json", "--store", nix.uri()).out())
                .contains("\"paths\":1,");
        assertThat(Cli.run("cache", "unpin", "--store", nix.uri(), "keep/1").exitCode())
                .isZero();
        assertThat(Cli.run("cache", "unpin", "--store", nix.uri(), "keep/1").exitCode())
                .isEqualTo(1);
        assertThat(Cli.run("cache", "gc", "--store", nix.uri(), "--older-than", "0s", "--grace", "0s")
                        .exitCode())
                .isZero();
        nix.verifies(nix.uri());
    }

    @Test
    void refusesWhatMakesNoSense() throws IOException {
        String one = add("one");
        String[][] lines = {
            {"cache"},
            {"cache", "gc", "--store", nix.uri()},
            {"cache", "gc", "--store", nix.uri(), "--older-than", "soon"},
            {"cache", "gc", "--store", nix.uri(), "--max-size", "-1"},
            {"cache", "gc", "--store", nix.uri(), "--min-free", "120%"},
            {"cache", "gc", "--store", "http://127.0.0.1:1", "--max-size", "1G"},
            {"cache", "pins", "--store", nix.uri(), "--usage-db", "jdbc:mysql://x/y"},
            {"cache", "pin", "--store", nix.uri(), "bad name", one},
            {"cache", "unpin", "--store", nix.uri(), "-x y"},
            {"cache", "gc", "--store", "", "--max-size", "1G"},
            {"cache", "gc", "--store", "gopher://x", "--max-size", "1G"},
        };
        for (String[] line : lines) {
            Cli result = Cli.run(line);
            assertThat(result.exitCode()).as(String.join(" ", line)).isEqualTo(2);
            assertThat(result.err().lines().findFirst().orElse("")).startsWith("berth: ");
        }
        Cli absent = Cli.run("cache", "pin", "--store", nix.uri(), "a", "/nix/store/" + "a".repeat(32) + "-absent");
        assertThat(absent.exitCode()).isEqualTo(1);
        assertThat(absent.err()).contains("it is not in store");
        for (String misspelt : List.of("local?root=" + directory.resolve("x"), "file://" + directory.resolve("x"))) {
            Cli none = Cli.run("cache", "gc", "--store", misspelt, "--max-size", "1G");
            assertThat(none.exitCode()).isEqualTo(1);
            assertThat(none.err())
                    .startsWith("berth: there is no store at " + misspelt)
                    .hasLineCount(1);
            assertThat(directory.resolve("x")).doesNotExist();
        }
        Cli down = Cli.run(
                "cache",
                "gc",
                "--store",
                nix.uri(),
                "--max-size",
                "1G",
                "--usage-db",
                "jdbc:postgresql://127.0.0.1:1/x");
        assertThat(down.err()).contains("refused");
    }
}
