package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.gateway.ServiceSettings;
import dev.berth.nix.PathInfo;
import dev.berth.nix.PublicKey;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real Nix as a client of the cache, through the real server. */
abstract class NixClientContract {
    private static final NarSource TREE = CacheFixture.tree(600_000);

    private static final String FLOATING =
            "__contentAddressed = true; outputHashMode = \"recursive\"; outputHashAlgo = \"sha256\";";

    @TempDir
    private Path directory;

    private CacheFixture cache;
    private HttpFront server;
    private String url = "";
    private PathInfo base;
    private PathInfo top;

    NixClientContract() throws IOException {
        base = CacheFixture.info("base", TREE, List.of());
        top = CacheFixture.info("top", TREE, List.of(base.path()));
    }

    /** What to put before a command so that it is run by the Nix of this test. */
    abstract List<String> before(Map<String, String> environment);

    @BeforeEach
    void start() throws IOException {
        Requires.root();
        cache = new CacheFixture(directory, ServiceSettings.DEFAULT, CacheSettings.Uploads.SIGNED, true);
        server = HttpFront.start(HttpConfig.of("127.0.0.1", 0), cache.routes, new Metrics("test"));
        url = "http://127.0.0.1:" + server.port();
        cache.content.add(base, TREE);
        cache.content.add(top, TREE);
        netrc("reader", CacheFixture.READER);
        netrc("writer", CacheFixture.WRITER);
        Files.writeString(directory.resolve("author"), CacheFixture.AUTHOR.print());
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
        if (cache != null) {
            cache.close();
        }
    }

    private void netrc(String name, String token) throws IOException {
        Files.writeString(directory.resolve(name), "machine 127.0.0.1 login x password " + token + "\n");
    }

    private RealNix client(String name) throws IOException {
        return new RealNix(Files.createDirectories(directory.resolve(name)));
    }

    /** A command of this client that trusts the cache's key and has a token. */
    private Command command(RealNix client, String token, String... arguments) {
        return command(CacheFixture.OWN.publicKey(), client, token, arguments);
    }

    private Command command(PublicKey trusted, RealNix client, String token, String... arguments) {
        Command plain = client.command(arguments);
        List<String> all = new ArrayList<>(before(plain.environment()));
        all.addAll(plain.arguments());
        all.addAll(List.of("--option", "netrc-file", directory.resolve(token).toString()));
        all.addAll(List.of("--option", "trusted-public-keys", trusted.print()));
        all.addAll(List.of("--option", "download-attempts", "1"));
        return new Command(all, plain.environment());
    }

    private static String print(PathInfo info) {
        return StoreDir.DEFAULT.print(info.path());
    }

    @Test
    void substitutesWhatTheCacheSigned() throws IOException {
        RealNix client = client("client");
        command(client, "reader", "nix-store", "--realise", print(top), "--option", "substituters", url)
                .succeed();
        assertThat(client.real(print(top)).resolve("large")).hasBinaryContent(CacheFixture.random(600_000));
        assertThat(Files.isExecutable(client.real(print(base)).resolve("a"))).isTrue();
        client.verifies(client.uri());
        assertThat(cache.used).contains(top.path(), base.path());
    }

    @Test
    void isRefusedWithoutTheRightKeyOrToken() throws IOException {
        RealNix client = client("client");
        PublicKey other = SecretKey.generate("own-1").publicKey();
        Command.Result untrusted = command(
                        other, client, "reader", "nix-store", "--realise", print(top), "--option", "substituters", url)
                .run();
        assertThat(untrusted.exitCode()).isNotZero();
        assertThat(client.real(print(base))).doesNotExist();
        netrc("nobody", "wrong");
        // Another one: Nix remembers what it was told.
        Command.Result stranger = command(client("stranger"), "nobody", "nix", "path-info", "--store", url, print(top))
                .run();
        assertThat(stranger.exitCode()).isNotZero();
        // Which is what Nix 2.8 takes a 401 for.
        assertThat(stranger.stderr()).containsAnyOf("401", "does not appear to be a binary cache");
    }

    @Test
    void copiesThereAndBack() throws IOException {
        RealNix author = client("author-store");
        Path file = Files.writeString(directory.resolve("file"), "some text\n");
        StorePath low = StoreDir.DEFAULT.parse(author.add(file));
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.writeString(tree.resolve("names"), StoreDir.DEFAULT.print(low));
        Files.write(tree.resolve("large"), CacheFixture.random(400_000));
        String high = author.add(tree);
        for (String compression : List.of("xz", "none", "zstd")) {
            Path more = Files.writeString(tree.resolve("compression"), compression);
            assertThat(more).exists();
            String path = author.add(tree);
            String target = url + "?compression=" + compression;
            command(author, "writer", "nix", "copy", "--to", target, path).succeed();
            RealNix other = client("other-" + compression);
            command(other, "reader", "nix", "copy", "--from", url, path).succeed();
            assertThat(other.real(path).resolve("large")).hasBinaryContent(CacheFixture.random(400_000));
            other.verifies(other.uri());
        }
        // The fixed ones are content-addressed; without an address a signature is wanted.
        assertThat(command(author, "reader", "nix", "copy", "--to", url, high)
                        .run()
                        .stderr())
                .contains("403");
    }

    @Test
    void looksAround() throws IOException {
        RealNix client = client("client");
        assertThat(command(client, "reader", "nix", "path-info", "--store", url, "-rsS", print(top))
                        .succeed()
                        .stdout())
                .contains(print(base), Long.toString(top.narSize() + base.narSize()));
        assertThat(command(client, "reader", "nix", "store", "ls", "--store", url, "-R", print(top))
                        .succeed()
                        .stdout())
                .contains("./large", "./empty");
        assertThat(command(client, "reader", "nix", "store", "cat", "--store", url, print(top) + "/a")
                        .succeed()
                        .stdout())
                .isEqualTo("#!/bin/sh\n");
        assertThat(command(client, "reader", "nix", "store", "verify", "--store", url, "-r", print(top))
                        .succeed()
                        .exitCode())
                .isZero();
    }

    /** Built where no network and no nixpkgs is. */
    private Path expression(String name, String more) throws IOException {
        return Files.writeString(
                directory.resolve(name + ".nix"), """
                derivation {
                  name = "made"; system = "x86_64-linux"; builder = "/bin/sh";
                  args = [ "-c" "echo built by NAME >&2; echo NAME > $out" ]; MORE
                }
                """.replace("NAME", name).replace("MORE", more));
    }

    @Test
    void wantsSignaturesAndKeepsLogs() throws IOException {
        RealNix author = client("author-store");
        Path expression = expression("first", "");
        String out = command(author, "writer", "nix-build", "--no-out-link", expression.toString())
                .succeed()
                .stdout()
                .strip();
        Command.Result unsigned =
                command(author, "writer", "nix", "copy", "--to", url, out).run();
        assertThat(unsigned.exitCode()).isNotZero();
        assertThat(unsigned.stderr()).contains("403", "not signed");
        String key = directory.resolve("author").toString();
        command(author, "writer", "nix", "store", "sign", "-k", key, out).succeed();
        command(author, "writer", "nix", "copy", "--to", url, out).succeed();
        assertThat(cache.content.validPaths(List.of(StoreDir.DEFAULT.parse(out))))
                .hasSize(1);

        String drv = command(author, "writer", "nix-instantiate", expression.toString())
                .succeed()
                .stdout()
                .strip();
        command(author, "writer", "nix", "copy", "--derivation", "--to", url, drv)
                .succeed();
        command(author, "writer", "nix", "store", "copy-log", "--to", url, drv).succeed();
        assertThat(command(client("reader-store"), "reader", "nix", "log", "--store", url, drv)
                        .succeed()
                        .stdout())
                .contains("built by first");
    }

    @Test
    void passesOnWhatContentAddressedDerivationsCameOutAs() throws IOException {
        RealNix author = client("author-store");
        String expression = expression("floating", FLOATING).toString();
        String key = directory.resolve("author").toString();
        String out = command(
                        author, "writer", "nix-build", "--no-out-link", expression, "--option", "secret-key-files", key)
                .succeed()
                .stdout()
                .strip();
        command(author, "writer", "nix", "copy", "--to", url, "-f", expression).succeed();
        RealNix other = client("other");
        String found = command(
                        other,
                        "reader",
                        "nix-build",
                        "--no-out-link",
                        expression,
                        "--option",
                        "substituters",
                        url,
                        "--option",
                        "max-jobs",
                        "0")
                .succeed()
                .stdout()
                .strip();
        assertThat(found).isEqualTo(out);
        assertThat(other.real(out)).hasContent("floating");
    }
}
