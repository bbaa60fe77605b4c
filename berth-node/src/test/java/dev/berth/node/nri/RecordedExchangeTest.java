package dev.berth.node.nri;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.node.nri.ttrpc.SocketConnection;
import dev.berth.node.nri.v1alpha1.Container;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bytes of a real session: {@link ContainerdTest}'s with the containerd 1.7.24 of Debian 13, which that test wrote down.
 * What the runtime said is said again; what the plugin says must be the same.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RecordedExchangeTest {
    @TempDir
    Path dir;

    @Test
    void saysWhatContainerdUnderstood() throws Exception {
        ContainerdHandler handler = new ContainerdHandler();
        Path socket = dir.resolve("nri.sock");
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(socket));
            try (NriPlugin plugin = NriPlugin.start(NriConfig.of(socket), handler);
                    SocketConnection connection = new SocketConnection(listener.accept())) {
                for (String line : lines()) {
                    byte[] bytes = HexFormat.of().parseHex(line, 2, line.length());
                    if (line.startsWith("<")) {
                        connection.write(ByteBuffer.wrap(bytes));
                    } else {
                        byte[] said = new byte[bytes.length];
                        connection.readFully(said, 0, said.length);
                        assertThat(HexFormat.of().formatHex(said)).isEqualTo(line.substring(2));
                    }
                }
                assertThat(plugin.status().events()).isEqualTo(9);
                assertThat(plugin.status().runtime()).contains(new NriRuntime("containerd", "1.7.24~ds1", ""));
            }
        }
        Container main = handler.asked.getFirst();
        assertThat(main.getName()).isEqualTo("main");
        assertThat(main.getArgsList()).containsExactly("/bin/sleep", "300");
        assertThat(main.getEnvList()).contains("A=b");
        assertThat(main.getMountsList())
                .anyMatch(mount -> mount.getDestination().equals("/proc"));
        assertThat(main.getLinux().getNamespacesList())
                .anyMatch(namespace -> namespace.getType().equals("mount"));
        assertThat(handler.asked.getLast().getName()).isEqualTo("refused");
    }

    private static List<String> lines() throws IOException {
        try (InputStream in = Objects.requireNonNull(
                        RecordedExchangeTest.class.getResourceAsStream("containerd-1.7.24.exchange"));
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
            return reader.lines().toList();
        }
    }
}
