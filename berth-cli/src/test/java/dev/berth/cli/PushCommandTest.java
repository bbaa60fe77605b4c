package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Command;
import dev.berth.testing.Project;
import dev.berth.testing.RealNix;
import dev.berth.testing.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code berth push} as a user calls it, from a store of the real Nix. */
class PushCommandTest {
    @TempDir
    private Path directory;

    private RealNix nix;
    private String library;
    private String program;

    @BeforeEach
    void aStoreWithAClosureOfTwo() throws IOException {
        nix = new RealNix(directory);
        library = nix.add(Files.writeString(directory.resolve("library"), "a library"));
        // A text that names the library refers to it.
        program = nix.output(
                        "nix-instantiate",
                        "--read-write-mode",
                        "--eval",
                        "--strict",
                        "--expr",
                        "builtins.toFile \"program\" \"uses ${builtins.storePath " + library + "}\"")
                .replace("\"", "");
    }

    private Cli push(String... arguments) {
        List<String> line = new java.util.ArrayList<>(List.of("push", "--from", nix.uri()));
        line.addAll(List.of(arguments));
        return Cli.run(line.toArray(String[]::new));
    }

    private String cache(String name) {
        return "file://" + directory.resolve(name);
    }

    @Test
    void whatIsThereIsPassedOver() {
        Cli first = push("--to", cache("cache"), program);
        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(first.err()).contains("pushed 2 paths").contains("0 of 2 were there");
        Cli again = push("--to", cache("cache"), "--json", program + "/", library);
        assertThat(again.exitCode()).as(again.err()).isZero();
        assertThat(again.out())
                .contains("\"closure\":2")
                .contains("\"present\":2")
                .contains("\"upstream\":0")
                .contains("\"copied\":0");
        assertThat(nix.command("nix", "path-info", "--store", cache("cache"), "-r", program)
                        .succeed()
                        .stdout())
                .contains(library);
    }

    @Test
    void whatAnUpstreamHasIsLeftOut() {
        assertThat(push("--to", cache("upstream"), library).exitCode()).isZero();
        Cli cli = push("--to", cache("cache"), "--upstream", cache("upstream"), program);
        assertThat(cli.exitCode()).as(cli.err()).isZero();
        assertThat(cli.err()).contains("pushed 1 path,").contains("1 left out as upstreams have them");
        Cli whole =
                push("--to", "local?root=" + directory.resolve("other"), "--substituters", cache("upstream"), program);
        assertThat(whole.exitCode()).isEqualTo(1);
        assertThat(whole.err()).contains("it must have whole closures").hasLineCount(1);
    }

    @Test
    void anUpstreamThatIsDownIsSaidAndNothingIsLeftOut() {
        Cli cli = push("--to", cache("cache"), "--upstream", "http://127.0.0.1:1", library);
        assertThat(cli.exitCode()).as(cli.err()).isZero();
        assertThat(cli.err())
                .contains("pushing what upstream http://127.0.0.1:1 may have")
                .contains("pushed 1 path");
    }

    @Test
    void pathsAreSignedBeforeTheyAreSent() throws IOException {
        Path secret = directory.resolve("secret");
        String key = Cli.output("store", "keys", "generate", "k-1", "--secret-key-file", secret.toString());
        Path link = Files.createSymbolicLink(directory.resolve("result"), Path.of(program));
        Cli cli = push("--to", cache("cache"), "--sign-key-file", secret.toString(), link.toString());
        assertThat(cli.exitCode()).as(cli.err()).isZero();
        RealNix other = new RealNix(Files.createDirectories(directory.resolve("other")));
        other.output("nix", "--option", "trusted-public-keys", key, "copy", "--from", cache("cache"), program);
        other.verifies(other.uri());
    }

    @Test
    void aBucketIsPushedToAndReadBack() {
        try (S3Server server = new S3Server(directory)) {
            Cli cli = push("--to", server.uri() + "&compression=zstd", program);
            assertThat(cli.exitCode()).as(cli.err()).isZero();
            String other = "local?root=" + directory.resolve("other");
            Cli.output("store", "copy", "--no-check-sigs", "--from", server.uri(), "--to", other, program);
            nix.verifies(other);
        }
    }

    @Test
    void whatCachesLackIsSaid() throws IOException {
        assertThat(push("--to", cache("a"), "--to", cache("b"), "--json", program)
                        .out())
                .contains("\"to\":\"" + cache("a") + "\"")
                .contains("\"to\":\"" + cache("b") + "\"");
        Cli both = push("--to", cache("a"), "--assert-cached", cache("a"), program);
        assertThat(both.exitCode()).as(both.err()).isZero();
        assertThat(both.err()).contains("2 paths are in " + cache("a"));
        Cli enough = push("--assert-cached", "http://127.0.0.1:1," + cache("a"), program);
        assertThat(enough.exitCode()).as(enough.err()).isZero();
        assertThat(enough.err())
                .contains("2 paths are in http://127.0.0.1:1 or " + cache("a") + "; could not ask http://127.0.0.1:1 (")
                .hasLineCount(1);
        Files.delete(directory.resolve("b").resolve(library.substring(11, 43) + ".narinfo"));
        Cli missing = push("--assert-cached", cache("b"), program);
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err()).contains("not cached: 1 path is missing from").contains(library);
        Cli down = push("--assert-cached", cache("b") + ",http://127.0.0.1:1", program);
        assertThat(down.exitCode()).isEqualTo(1);
        assertThat(down.err()).contains("not cached: could not ask http://127.0.0.1:1 (");
    }

    @Test
    void aManifestSaysItselfWhereItGoes() throws IOException {
        Path file = Files.writeString(directory.resolve("shop.nix"), """
                { berth.cacheTo = [ "%s" ];
                  kubernetes.objects.shop.ConfigMap.a.data.path = builtins.toFile "colours" "blue"; }
                """.formatted(cache("a")));
        // In a process of its own, as Nix builds into the store that the environment names.
        Map<String, String> environment = new HashMap<>(nix.command().environment());
        Command.Result result = new Command(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Dberth.home=" + Project.root(),
                                "-cp",
                                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                                "dev.berth.cli.Main",
                                "push",
                                file.toString()),
                        environment)
                .run();
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(result.stderr()).contains("pushed 1 path,").contains("1 path is in " + cache("a"));
    }

    @Test
    void errorsAreOneLineAndAnExitCode() throws IOException {
        assertSays(2, "where to? Give --to", "push", "--from", nix.uri(), program);
        assertSays(2, "cannot open store gopher://x", "push", "--to", "gopher://x", program);
        assertSays(
                2, "is neither a path of /nix/store nor a link", "push", "--to", cache("c"), "--from", nix.uri(), "x");
        assertSays(
                1,
                "is not in local",
                "push",
                "--to",
                cache("c"),
                "--from",
                nix.uri(),
                "/nix/store/00000000000000000000000000000000-absent");
        assertSays(
                1,
                "no such file",
                "push",
                "--to",
                cache("c"),
                directory.resolve("absent.json").toString());
        assertSays(2, "one manifest", "push", "--to", cache("c"), "--from", nix.uri(), program, "pod.nix");
        assertSays(1, "connection refused", "push", "--to", "http://127.0.0.1:1", "--from", nix.uri(), program);
        assertSays(1, "no such file", "push", "--to", cache("c"), "--sign-key-file", "/nowhere/key", program);
        String empty = Files.writeString(directory.resolve("empty"), "").toString();
        assertSays(1, "the key file '" + empty, "push", "--to", cache("c"), "--sign-key-file", empty, program);
        assertSays(
                1,
                "--netrc-file /nowhere/netrc: no such",
                "push",
                "--to",
                cache("c"),
                "--netrc-file",
                "/nowhere/netrc",
                program);
        // As of a script's variable that is not set: it is neither this machine's store nor nothing to ask.
        assertSays(2, "--to is empty", "push", "--to", "", "--from", nix.uri(), program);
        assertSays(2, "PATH|FILE is empty", "push", "--to", cache("c"), "--from", nix.uri(), "");
        assertSays(2, "--assert-cached is empty", "push", "--to", cache("c"), "--assert-cached", "", program);
    }

    private static void assertSays(int exitCode, String words, String... line) {
        Cli cli = Cli.run(line);
        assertThat(cli.exitCode()).as(cli.err()).isEqualTo(exitCode);
        assertThat(cli.err().lines().findFirst().orElse(""))
                .startsWith("berth: ")
                .containsIgnoringCase(words);
        assertThat(cli.err()).doesNotContain("\tat ");
    }
}
