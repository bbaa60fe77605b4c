package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.StorePath;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Copies to and from a gateway of which one side is killed at a random moment: real Nix finds both stores good, and the
 * next try completes.
 */
class KilledCopyTest {
    private static final int ROUNDS = Integer.getInteger("berth.crash.rounds", 4);
    private static final int PATHS = 30;

    @TempDir
    private Path dir;

    private final long seed = Long.getLong("berth.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private Path socket;
    private Path source;
    private Path served;
    private String root;

    /** Who is killed. */
    private enum Victim {
        CLIENT,
        SERVER
    }

    @BeforeEach
    void prepare() throws IOException {
        System.out.println("seed " + seed + " (set berth.seed to repeat)");
        socket = dir.resolve("gateway.sock");
        source = dir.resolve("source");
        served = dir.resolve("served");
        root = makeSource();
    }

    @Test
    void theNextTryCompletes() throws Exception {
        Requires.root();
        RealNix nix = new RealNix(dir);
        int cutShort = 0;
        BerthProcess server = serve();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                Victim victim = Victim.values()[round % 2];
                boolean push = round % 4 < 2;
                Path target = push ? served : dir.resolve("pulled-" + round);
                if (!push) {
                    // There must be something to pull.
                    succeeds(copy(random.nextBoolean(), uri(source), "unix://" + socket));
                }
                // Nix reads the files of a daemon's store itself where it can, so only Berth pulls through the socket.
                List<String> line = push
                        ? copy(random.nextBoolean(), uri(source), "unix://" + socket)
                        : copy(false, "unix://" + socket, uri(target));
                try (BerthProcess client = start(line)) {
                    Thread.sleep(random.nextInt(50, 1500));
                    (victim == Victim.CLIENT ? client : server).kill();
                    if (client.exitCode() != 0) {
                        cutShort++;
                    }
                }
                if (victim == Victim.SERVER) {
                    server = serve();
                }
                nix.verifies(uri(served));
                succeeds(line);
                nix.verifies(uri(target));
                assertThat(nix.output("nix-store", "-qR", "--store", uri(target), root)
                                .lines())
                        .hasSize(PATHS);
                // The next round starts from nothing.
                nix.output("nix-store", "--gc", "--store", "unix://" + socket);
            }
        } finally {
            server.close();
        }
        System.out.println(cutShort + " of " + ROUNDS + " copies were cut short");
    }

    private static String uri(Path store) {
        return "local?root=" + store;
    }

    /** A chain of paths that takes a moment to copy. */
    private String makeSource() throws IOException {
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(source))) {
            List<StorePath> paths = new ArrayList<>();
            for (int number = 0; number < PATHS; number++) {
                Path tree = Files.createDirectory(dir.resolve("tree-" + number));
                for (int file = 0; file < 20; file++) {
                    byte[] content = new byte[random.nextInt(200_000)];
                    random.nextBytes(content);
                    Files.write(tree.resolve("file-" + file), content);
                }
                paths.add(store.addFrom(
                        tree,
                        "path-" + number,
                        ContentAddressMethod.NAR,
                        HashAlgorithm.SHA256,
                        paths.isEmpty() ? List.of() : List.of(paths.getLast())));
            }
            return store.storeDir().print(paths.getLast());
        }
    }

    private List<String> copy(boolean byNix, String from, String to) {
        return byNix
                ? List.of(
                        "nix",
                        "--extra-experimental-features",
                        "nix-command",
                        "copy",
                        "--no-check-sigs",
                        "--from",
                        from,
                        "--to",
                        to,
                        root)
                : BerthProcess.line("store", "copy", "--no-check-sigs", "--from", from, "--to", to, root);
    }

    private BerthProcess serve() throws IOException, InterruptedException {
        BerthProcess server = start(BerthProcess.line("gateway", "--store", uri(served), "--unix", socket.toString()));
        server.listensOn(socket);
        return server;
    }

    private BerthProcess start(List<String> line) throws IOException {
        return BerthProcess.start(dir, Map.of(), line);
    }

    private void succeeds(List<String> line) throws IOException, InterruptedException {
        try (BerthProcess process = start(line)) {
            process.succeeds();
        }
    }
}
