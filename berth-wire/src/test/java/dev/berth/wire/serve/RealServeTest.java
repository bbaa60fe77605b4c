package dev.berth.wire.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.DerivedPath;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import dev.berth.wire.BuildMode;
import dev.berth.wire.PathStream;
import dev.berth.wire.RemoteException;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client with the real {@code nix-store --serve} as a child. */
final class RealServeTest {
    private static final StorePath ABSENT = new StorePath("00000000000000000000000000000000-absent");

    @TempDir
    private Path directory;

    private RealNix nix;

    @BeforeEach
    void makeStore() {
        nix = new RealNix(directory);
    }

    private record Child(Process process) implements Transport {
        @Override
        public InputStream in() {
            return process.getInputStream();
        }

        @Override
        public OutputStream out() {
            return process.getOutputStream();
        }

        @Override
        public String peer() {
            return "nix-store --serve";
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private ServeClient connect(String... options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("nix-store", "--serve"));
        arguments.addAll(List.of(options));
        Command command = nix.command(arguments.toArray(String[]::new));
        ProcessBuilder builder = new ProcessBuilder(command.arguments())
                .redirectError(directory.resolve("errors").toFile());
        builder.environment().putAll(command.environment());
        return ServeClient.connect(new Child(builder.start()), StoreDir.DEFAULT, Timeouts.DEFAULT);
    }

    private static NarSource file(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return sink -> {
            sink.startFile(true, bytes.length);
            sink.contents(bytes, 0, bytes.length);
            sink.endFile();
        };
    }

    private static PathInfo info(int number, StorePath... references) throws IOException {
        NarHasher hasher = new NarHasher();
        file("text " + number).sendTo(hasher);
        StorePath path = new StorePath("1".repeat(32) + "-path" + number);
        return PathInfo.of(path, hasher.hash(), hasher.size(), List.of(references))
                .withDeriver(Optional.of(new StorePath("2".repeat(32) + "-made.drv")))
                .signed(StoreDir.DEFAULT, SecretKey.generate("key"));
    }

    @Test
    void addsAndAsks() throws IOException {
        List<PathInfo> infos = new ArrayList<>(List.of(info(0)));
        for (int i = 1; i < 150; i++) {
            infos.add(info(i, infos.getLast().path()));
        }
        PathInfo top = infos.getLast();
        Set<StorePath> all = Set.copyOf(infos.stream().map(PathInfo::path).toList());
        try (ServeClient client = connect("--write")) {
            assertThat(client.minorVersion()).isEqualTo(7);
            client.addToStoreNar(infos.getFirst(), false, true, file("text 0"));
            client.addMultipleToStore(
                    new PathStream() {
                        @Override
                        public long count() {
                            return infos.size();
                        }

                        @Override
                        public void sendTo(Receiver receiver) throws IOException {
                            for (int i = 0; i < infos.size(); i++) {
                                receiver.path(infos.get(i), file("text " + i));
                            }
                        }
                    },
                    false,
                    true);
            assertThat(client.queryValidPaths(all, false)).isEqualTo(all);
            assertThat(client.queryClosure(List.of(top.path()), true)).isEqualTo(all);
            assertThat(client.queryPathInfo(top.path())).contains(top);
            assertThat(client.queryPathInfos(all).keySet()).isEqualTo(all);
            assertThat(client.queryPathInfo(ABSENT)).isEmpty();
            NarHasher hasher = new NarHasher();
            client.narFromPath(top.path(), hasher);
            assertThat(hasher.hash()).isEqualTo(top.narHash());
            client.addTempRoot(top.path());
            assertThat(nix.command(
                                    "nix-store",
                                    "--delete",
                                    "/nix/store/" + top.path().baseName())
                            .run()
                            .stderr())
                    .contains("still alive");
        }
        nix.verifies(nix.uri());
    }

    @Test
    void builds() throws IOException {
        nix.build(
                "derivation { name = \"warm\"; system = builtins.currentSystem; builder = \"/bin/sh\"; args = [ \"-c\" \"echo > $out\" ]; }");
        String drv = nix.output(
                "nix-instantiate",
                "-E",
                "derivation { name = \"built\"; system = builtins.currentSystem; builder = \"/bin/sh\";"
                        + " args = [ \"-c\" \"echo hello > $out\" ]; }");
        String fails = nix.output(
                "nix-instantiate",
                "-E",
                "derivation { name = \"fails\"; system = builtins.currentSystem; builder = \"/bin/sh\";"
                        + " args = [ \"-c\" \"exit 3\" ]; }");
        try (ServeClient client = connect("--write")) {
            client.buildPaths(List.of(DerivedPath.parse(StoreDir.DEFAULT, drv + "^*")), BuildMode.NORMAL);
            assertThatThrownBy(() -> client.buildPaths(
                            List.of(DerivedPath.parse(StoreDir.DEFAULT, fails + "^out")), BuildMode.NORMAL))
                    .isInstanceOfSatisfying(
                            RemoteException.class,
                            e -> assertThat(e.connectionLost()).isFalse())
                    .hasMessageContaining("failed");
            assertThat(client.queryClosure(List.of(StoreDir.DEFAULT.parse(drv)), true))
                    .contains(StoreDir.DEFAULT.parse(nix.output("nix-store", "-q", "--outputs", drv)));
        }
    }

    @Test
    void mayNotWriteUnasked() throws IOException {
        try (ServeClient client = connect()) {
            assertThatThrownBy(() -> client.addToStoreNar(info(0), false, true, file("text 0")))
                    .isInstanceOfSatisfying(
                            RemoteException.class,
                            e -> assertThat(e.connectionLost()).isTrue());
        }
        assertThat(Files.readString(directory.resolve("errors"))).contains("importing paths is not allowed");
    }
}
