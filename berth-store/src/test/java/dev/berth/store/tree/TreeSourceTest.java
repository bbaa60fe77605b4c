package dev.berth.store.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.testing.Command;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Trees that can't be told. */
final class TreeSourceTest {
    private final TemporaryDirectory directory;

    TreeSourceTest() throws IOException {
        directory = TemporaryDirectory.make();
    }

    @AfterEach
    void remove() {
        directory.close();
    }

    @Test
    void saysWhatIsMissing() {
        fails(directory.resolve("nothing"), Kind.ABSENT, "can't read a tree: statx " + directory.resolve("nothing"));
        fails(directory.resolve("no/thing"), Kind.ABSENT, "can't read a tree: open " + directory.resolve("no"));
    }

    @Test
    void refusesPipesAndSockets() throws IOException {
        Files.createDirectory(directory.resolve("tree"));
        Command.of("mkfifo", directory.resolve("tree/pipe").toString()).succeed();
        fails(directory.resolve("tree"), Kind.REFUSED, "tree/pipe is a device, a socket or a pipe");
        fails(directory.resolve("tree/pipe"), Kind.REFUSED, "tree/pipe is a device, a socket or a pipe");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(directory.resolve("socket")));
            fails(directory.resolve("socket"), Kind.REFUSED, "socket is a device, a socket or a pipe");
        }
        fails(Path.of("/dev/null"), Kind.REFUSED, "/dev/null is a device, a socket or a pipe");
    }

    @Test
    void noticesAFileThatGrowsOrShrinks() throws IOException {
        for (int size : new int[] {10, 64 * 1024, 1_000_000}) {
            Path file = directory.resolve("file");
            Files.write(file, new byte[size]);
            changing(file, () -> Files.write(file, new byte[1], StandardOpenOption.APPEND));
            Files.write(file, new byte[size]);
            changing(file, () -> Files.write(file, new byte[size / 2]));
        }
    }

    @Test
    void doesNotFollowADirectoryThatBecomesALink() throws IOException {
        Path secret = Files.createDirectory(directory.resolve("secret"));
        Files.writeString(secret.resolve("key"), "secret");
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.createDirectory(tree.resolve("d"));
        NarSink sink = new Hooked(() -> {
            Files.delete(tree.resolve("d"));
            Files.createSymbolicLink(tree.resolve("d"), secret);
        });
        assertThatThrownBy(() -> new TreeSource(tree).sendTo(sink))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("ENOTDIR");
    }

    @Test
    void passesOnWhatTheSinkThrows() throws IOException {
        Files.writeString(directory.resolve("file"), "x");
        IOException broken = new IOException("broken pipe");
        OutputStream out = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw broken;
            }
        };
        assertThatThrownBy(() -> new TreeSource(directory.resolve("file")).sendTo(new NarWriter(out)))
                .isSameAs(broken);
    }

    private static void changing(Path file, Hook change) {
        assertThatThrownBy(() -> new TreeSource(file).sendTo(new Hooked(change)))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FAILED))
                .hasMessageContaining("file changes while it is read");
    }

    private static void fails(Path path, Kind kind, String message) {
        assertThatThrownBy(() -> new TreeSource(path).sendTo(new NarWriter(OutputStream.nullOutputStream())))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    private interface Hook {
        void run() throws IOException;
    }

    /** Does something once, when the first file or entry comes. */
    private static final class Hooked implements NarSink {
        private final Hook hook;
        private boolean done;

        Hooked(Hook hook) {
            this.hook = hook;
        }

        private void once() throws IOException {
            if (!done) {
                done = true;
                hook.run();
            }
        }

        @Override
        public void startDirectory() {}

        @Override
        public void entry(byte[] name) throws IOException {
            once();
        }

        @Override
        public void endDirectory() {}

        @Override
        public void startFile(boolean executable, long size) throws IOException {
            once();
        }

        @Override
        public void contents(byte[] buffer, int offset, int length) {}

        @Override
        public void endFile() {}

        @Override
        public void symlink(byte[] target) {}
    }
}
