package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code berth store} as a user calls it, beside the real Nix. */
class StoreCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ABSENT = "/nix/store/00000000000000000000000000000000-absent";

    @TempDir
    private Path directory;

    private RealNix nix;
    private String store;
    private String path;

    @BeforeEach
    void aStoreWithOnePath() throws IOException {
        nix = new RealNix(directory);
        store = "local?root=" + directory.resolve("a");
        Path tree = Files.createDirectories(directory.resolve("tree/bin"));
        Files.writeString(tree.resolve("run"), "#!/bin/sh\n");
        assertThat(tree.resolve("run").toFile().setExecutable(true)).isTrue();
        Files.createSymbolicLink(tree.resolveSibling("link"), Path.of("bin/run"));
        path = Cli.output(
                "store", "add", "--store", store, directory.resolve("tree").toString());
    }

    @Test
    void addsWhatNixAddsUnderTheSamePath() {
        assertThat(path).isEqualTo(nix.add(directory.resolve("tree")));
        nix.verifies(store);
    }

    @Test
    void listsPathsAndFiles() {
        assertThat(Cli.output("store", "ls", "--store", store)).isEqualTo(path);
        assertThat(Cli.output("store", "ls", "--store", store, path)).isEqualTo("bin\nlink");
        assertThat(Cli.output("store", "ls", "--store", store, "-R", path)).isEqualTo("bin\nbin/run\nlink");
        assertThat(Cli.output("store", "ls", "--store", store, "-l", path + "/bin"))
                .matches("-r-xr-xr-x +10  run");
        assertThat(Cli.output("store", "ls", "--store", store, "-l", path + "/link"))
                .endsWith(". -> bin/run");
        Cli missing = Cli.run("store", "ls", "--store", store, path + "/no");
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err()).startsWith("berth: there is no file " + path + "/no");
    }

    @Test
    void infoSaysWhatNixSays() throws IOException {
        nix.add(directory.resolve("tree"));
        JsonNode ours = JSON.readTree(Cli.output("store", "info", "--store", store, "--json", path))
                .get(0);
        JsonNode theirs =
                JSON.readTree(nix.output("nix", "path-info", "--json", path)).get(0);
        for (String field : new String[] {"path", "narHash", "narSize", "references", "ca"}) {
            assertThat(ours.get(field)).as(field).isEqualTo(theirs.get(field));
        }
        assertThat(Cli.output("store", "info", "--store", store, path)).contains(path, "content     fixed:r:sha256:");
    }

    @Test
    void copiesSignedPathsAndRefusesOthers() throws IOException {
        Path keyFile = directory.resolve("key");
        String publicKey = Cli.output("store", "keys", "generate", "test-1", "--secret-key-file", keyFile.toString());
        assertThat(Files.getPosixFilePermissions(keyFile)).hasSize(2);
        assertThat(Cli.output("store", "keys", "public", keyFile.toString())).isEqualTo(publicKey);
        String built = nix.build("derivation { name = \"b\"; system = builtins.currentSystem; builder = \"/bin/sh\";"
                        + " args = [ \"-c\" \"echo hi > $out\" ]; }")
                .getFirst();
        String unsigned = "local?root=" + directory.resolve("c");
        Cli refused = Cli.run(
                "store", "copy", "--from", nix.uri(), "--to", unsigned, "--trusted-public-keys", publicKey, built);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err().strip().lines()).hasSize(1);
        assertThat(refused.err()).contains(built);
        assertThat(Cli.output("store", "ls", "--store", unsigned)).isEmpty();

        Cli.output("store", "sign", "--store", nix.uri(), "-k", keyFile.toString(), built);
        String cache = "file://" + directory.resolve("cache") + "?compression=zstd";
        Cli.output("store", "copy", "--from", nix.uri(), "--to", cache, "--trusted-public-keys", publicKey, built);
        assertThat(Cli.output("store", "ls", "--store", cache)).isEqualTo(built);
        JsonNode copied = JSON.readTree(Cli.output(
                "store",
                "copy",
                "--json",
                "--from",
                cache,
                "--to",
                unsigned,
                "--trusted-public-keys",
                publicKey,
                built));
        assertThat(copied.get("copied").asInt()).isEqualTo(1);
        nix.verifies(unsigned);
    }

    @Test
    void collectsWhatNoRootHolds() throws IOException {
        Path link = directory.resolve("result");
        Cli.output("store", "roots", "add", "--store", store, link.toString(), path);
        assertThat(Cli.output("store", "roots", "ls", "--store", store)).contains(link + " -> " + path);
        assertThat(Cli.output("store", "gc", "--store", store)).isEmpty();
        Cli alive = Cli.run("store", "gc", "--store", store, path);
        assertThat(alive.exitCode()).isEqualTo(1);
        assertThat(alive.err()).contains("result");
        Files.delete(link);
        assertThat(Cli.output("store", "gc", "--dry-run", "--store", store)).isEqualTo(path);
        assertThat(Cli.output("store", "gc", "--store", store)).isEqualTo(path);
        assertThat(Cli.output("store", "ls", "--store", store)).isEmpty();
        nix.verifies(store);
    }

    @Test
    void verifyFindsWhatChanged() throws IOException {
        assertThat(Cli.run("store", "verify", "--check-contents", "--store", store)
                        .exitCode())
                .isZero();
        Path file = directory.resolve("a" + path + "/bin/run");
        assertThat(file.toFile().setWritable(true)).isTrue();
        Files.writeString(file, "#!/bin/no\n");
        Cli found = Cli.run("store", "verify", "--check-contents", "--store", store);
        assertThat(found.exitCode()).isEqualTo(1);
        assertThat(found.out()).contains(path);
        Cli json = Cli.run("store", "verify", "--check-contents", "--json", "--store", store);
        assertThat(JSON.readTree(json.out()).get("problems").get(0).get("path").asText())
                .isEqualTo(path);
    }

    @ParameterizedTest
    @CsvSource({
        "2, ls",
        "2, ls --store nonsense://x",
        "2, ls --store local?root=/nonexistent&nonsense=1",
        "2, info --store file:///nonexistent not-a-store-path",
        "2, verify --store file:///nonexistent",
        "2, copy --from file:///nonexistent --to file:///nonexistent",
        "2, keys generate bad:name --secret-key-file /nonexistent/key",
        "1, keys generate good-1 --secret-key-file /nonexistent/key",
        "1, sign --store file:///nonexistent -k /nonexistent/key " + ABSENT,
        "1, info --store file:///nonexistent " + ABSENT,
    })
    void badInputIsOneLineAndAnExitCode(int exitCode, String arguments) {
        Cli cli = Cli.run(("store " + arguments).split(" "));
        assertThat(cli.exitCode()).as(cli.err()).isEqualTo(exitCode);
        assertThat(cli.err()).startsWith("berth: ").doesNotContain("\tat ", "Exception");
        assertThat(cli.err().strip().lines()).hasSizeLessThanOrEqualTo(2);
        assertThat(cli.out()).isEmpty();
    }
}
