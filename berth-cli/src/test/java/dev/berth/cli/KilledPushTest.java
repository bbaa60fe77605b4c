package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.store.Store;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.testing.S3Server;
import dev.berth.testing.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code berth push} that is killed half-way: whoever reads the cache finds whole paths with all that they refer to, and the
 * next push passes over them and completes.
 */
class KilledPushTest {
    private static final int PATHS = 16;
    private static final int ROUNDS = Integer.getInteger("berth.crash.rounds", 2);

    @TempDir
    private Path directory;

    private final Random random = new Random(Seed.first());

    /** A chain of paths that takes a moment to push, what refers to nothing first. */
    private List<StorePath> chain(int round) throws IOException {
        List<StorePath> paths = new ArrayList<>();
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(directory.resolve("source")))) {
            for (int number = 0; number < PATHS; number++) {
                byte[] content = new byte[random.nextInt(300_000)];
                random.nextBytes(content);
                String name = "path-" + round + "-" + number;
                Path tree = Files.createDirectory(directory.resolve(name));
                Files.write(tree.resolve("file"), content);
                paths.add(store.addFrom(
                        tree,
                        name,
                        ContentAddressMethod.NAR,
                        HashAlgorithm.SHA256,
                        paths.isEmpty() ? List.of() : List.of(paths.getLast())));
            }
        }
        return paths;
    }

    private BerthProcess push(Map<String, String> environment, String uri, StorePath root) throws IOException {
        return BerthProcess.start(
                directory,
                environment,
                "push",
                "--json",
                "--from",
                "local?root=" + directory.resolve("source"),
                "--to",
                uri,
                "/nix/store/" + root);
    }

    /** @param environment of the push */
    private void survives(String uri, int rounds, Map<String, String> environment) throws Exception {
        int cutShort = 0;
        for (int round = 0; round < rounds; round++) {
            List<StorePath> chain = chain(round);
            int enough = random.nextInt(PATHS);
            try (BerthProcess killed = push(environment, uri, chain.getLast())) {
                killed.until(
                        enough + " paths are there", () -> present(uri, chain).size() >= enough);
                if (round % 2 == 0) {
                    killed.kill();
                } else {
                    killed.terminate();
                }
                cutShort += killed.exitCode() == 0 ? 0 : 1;
            }
            int left = checked(uri, chain);
            try (BerthProcess again = push(environment, uri, chain.getLast())) {
                again.succeeds();
                assertThat(again.said())
                        .contains("\"closure\":" + PATHS)
                        .contains("\"present\":" + left)
                        .contains("\"copied\":" + (PATHS - left));
            }
            assertThat(checked(uri, chain)).isEqualTo(PATHS);
        }
        System.out.println(cutShort + " of " + rounds + " pushes to " + uri + " were cut short");
    }

    private static Set<StorePath> present(String uri, List<StorePath> chain) {
        try (Store cache = Stores.open(uri, StoreSettings.DEFAULT)) {
            return cache.validPaths(chain);
        }
    }

    /** How many paths are there, which have what they refer to and are what their hashes say. */
    private static int checked(String uri, List<StorePath> chain) {
        try (Store cache = Stores.open(uri, StoreSettings.DEFAULT)) {
            Set<StorePath> present = cache.validPaths(chain);
            for (StorePath path : present) {
                PathInfo info = cache.pathInfo(path).orElseThrow();
                assertThat(present).containsAll(info.references());
                NarHasher hasher = new NarHasher();
                cache.nar(path, hasher);
                assertThat(hasher.hash()).isEqualTo(info.narHash());
            }
            return present.size();
        }
    }

    @Test
    void toADirectory() throws Exception {
        Path cache = directory.resolve("cache");
        survives("file://" + cache + "?compression=zstd", ROUNDS, Map.of());
        // Nor does anything stay of what was half written.
        try (Stream<Path> files = Files.walk(cache.resolve(".berth-tmp"))) {
            assertThat(files.filter(Files::isRegularFile).map(file -> String.valueOf(file.getFileName())))
                    .containsOnly("lock");
        }
    }

    @Test
    void toAGateway() throws Exception {
        Path tokens = Files.writeString(directory.resolve("tokens"), "a-token-of-the-test\n");
        try (BerthProcess gateway = BerthProcess.gateway(directory, "--upload-token-file", tokens.toString())) {
            survives(
                    gateway.url().replace("//", "//push:a-token-of-the-test@") + "?compression=zstd", ROUNDS, Map.of());
        }
    }

    @Test
    void toABucket() throws Exception {
        try (S3Server server = new S3Server(directory)) {
            survives(
                    server.uri() + "&compression=zstd",
                    1,
                    Map.of("AWS_SHARED_CREDENTIALS_FILE", server.credentials().toString()));
        }
    }
}
