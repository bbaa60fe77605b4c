package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.StorePath;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import java.io.File;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
    private static final long LIMIT_SECONDS = 60;

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
        Process server = serve();
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
                Process client = start(line);
                Thread.sleep(random.nextInt(50, 1500));
                (victim == Victim.CLIENT ? client : server).destroyForcibly();
                assertThat(client.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                        .as("the client ends")
                        .isTrue();
                if (client.exitValue() != 0) {
                    cutShort++;
                }
                if (victim == Victim.SERVER) {
                    assertThat(server.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
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
            server.destroyForcibly();
            server.waitFor();
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
                : berth("store", "copy", "--no-check-sigs", "--from", from, "--to", to, root);
    }

    private Process serve() throws IOException, InterruptedException {
        Process server = start(berth("gateway", "--store", uri(served), "--unix", socket.toString()));
        for (int i = 0; i < 3000 && !answers(); i++) {
            assertThat(server.isAlive()).as("the gateway lives").isTrue();
            Thread.sleep(10);
        }
        return server;
    }

    private boolean answers() {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false;
        }
    }

    private static List<String> berth(String... arguments) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        line.addAll(List.of(arguments));
        return line;
    }

    private Process start(List<String> line) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(dir.resolve("log").toFile()));
        builder.environment().put("NIX_CONFIG", "substituters =\nbuild-users-group =");
        builder.environment().remove("NIX_REMOTE");
        return builder.start();
    }

    private void succeeds(List<String> line) throws IOException, InterruptedException {
        Process process = start(line);
        try {
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("it ends")
                    .isTrue();
            assertThat(process.exitValue())
                    .as("%s: %s", line.getLast(), Files.readString(dir.resolve("log")))
                    .isZero();
        } finally {
            process.destroyForcibly();
        }
    }
}
