package dev.berth.node.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.node.NodeConfig;
import dev.berth.node.grpc.UnixChannel;
import dev.berth.node.kubelet.v1.InfoRequest;
import dev.berth.node.kubelet.v1.PluginInfo;
import dev.berth.node.kubelet.v1.RegistrationGrpc;
import dev.berth.node.kubelet.v1.RegistrationStatus;
import dev.berth.node.metrics.NodeMetrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The registration sockets as a kubelet uses them: found in the directory, asked, told; on real sockets. */
class KubeletRegistrationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path dir;

    private KubeletConfig config = new KubeletConfig(KubeletConfig.DIR, true);
    private final NodeMetrics metrics = new NodeMetrics("test");

    @BeforeEach
    void configure() throws IOException {
        config = new KubeletConfig(dir.toRealPath(), true);
    }

    private static PluginInfo info(Path socket) {
        try (UnixChannel channel = new UnixChannel(socket, UnixChannel.AUTHORITY)) {
            return RegistrationGrpc.newBlockingStub(channel.channel()).getInfo(InfoRequest.getDefaultInstance());
        }
    }

    private static void tell(Path socket, boolean registered, String error) {
        try (UnixChannel channel = new UnixChannel(socket, UnixChannel.AUTHORITY)) {
            var _ = RegistrationGrpc.newBlockingStub(channel.channel())
                    .notifyRegistrationStatus(RegistrationStatus.newBuilder()
                            .setPluginRegistered(registered)
                            .setError(error)
                            .build());
        }
    }

    private static Object identity(Path socket) throws IOException {
        return Files.readAttributes(socket, BasicFileAttributes.class).fileKey();
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("patience").isLessThan(end);
            Thread.sleep(20);
        }
    }

    private String figures() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        metrics.write(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void eachDriverSaysWhoItIsAndIsRegistered() throws IOException {
        try (KubeletRegistration registration = KubeletRegistration.start(config, metrics)) {
            assertThat(registration.problems()).containsOnlyKeys(NodeConfig.DRIVERS);
            for (String driver : NodeConfig.DRIVERS) {
                Path socket = dir.resolve("plugins_registry").resolve(driver + "-reg.sock");
                PluginInfo info = info(socket);
                assertThat(info.getType()).isEqualTo("CSIPlugin");
                assertThat(info.getName()).isEqualTo(driver);
                assertThat(Path.of(info.getEndpoint()))
                        .isEqualTo(dir.toRealPath().resolve("plugins/" + driver + "/csi.sock"));
                assertThat(info.getSupportedVersionsList()).containsExactly("1.0.0");
                tell(socket, true, "");
            }
            assertThat(registration.problems()).isEmpty();
            assertThat(figures())
                    .contains("berth_kubelet_registered{driver=\"nixkube\"} 1.0")
                    .contains("berth_kubelet_registrations_total{result=\"ok\"} 3.0");
        }
        assertThat(dir.resolve("plugins_registry")).isEmptyDirectory();
    }

    @Test
    void whoIsRefusedOffersItselfAgain() throws Exception {
        try (KubeletRegistration registration = KubeletRegistration.start(config, metrics)) {
            Path socket = config.registrationSocket(NodeConfig.DRIVER);
            Object before = identity(socket);
            tell(socket, false, "node \"a\"\nnot found");
            assertThat(registration.problems())
                    .containsEntry(NodeConfig.DRIVER, "kubelet refused it: node \"a\" not found");
            await(() -> Files.exists(socket) && !identity(socket).equals(before));
            tell(socket, true, "");
            assertThat(registration.problems()).doesNotContainKey(NodeConfig.DRIVER);
            assertThat(figures()).contains("berth_kubelet_registrations_total{result=\"refused\"} 1.0");
        }
    }

    @Test
    void aSocketThatIsDeletedOrReplacedIsMadeAgain() throws Exception {
        try (var _ = KubeletRegistration.start(config, metrics)) {
            Path socket = config.registrationSocket(NodeConfig.DRIVER);
            Files.delete(socket);
            await(() -> Files.exists(socket));
            assertThat(info(socket).getName()).isEqualTo(NodeConfig.DRIVER);
            Files.delete(socket);
            deadSocket(socket);
            Object dead = identity(socket);
            await(() -> Files.exists(socket) && !identity(socket).equals(dead));
            assertThat(info(socket).getName()).isEqualTo(NodeConfig.DRIVER);
            Files.delete(socket);
            Files.delete(config.registrationSocket("nixkube"));
            Files.delete(config.registrationSocket("nix.csi.store"));
            Files.delete(dir.resolve("plugins_registry"));
            await(() -> Files.exists(socket));
            assertThat(info(socket).getName()).isEqualTo(NodeConfig.DRIVER);
        }
    }

    @Test
    void deadSocketsOfDriversThatAreSwitchedOffAreRemoved() throws IOException {
        Path dead = config.registrationSocket("nixkube");
        Path living = config.registrationSocket("nix.csi.store");
        Files.createDirectories(dead.getParent());
        deadSocket(dead);
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(living));
            try (var _ = KubeletRegistration.start(new KubeletConfig(config.dir(), false), metrics)) {
                assertThat(dead).doesNotExist();
                assertThat(living).exists();
                assertThat(config.registrationSocket(NodeConfig.DRIVER)).exists();
            }
        }
    }

    @Test
    void aLivingSocketOfAnotherProcessIsRefused() throws IOException {
        Path living = config.registrationSocket("nixkube");
        Files.createDirectories(living.getParent());
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(living));
            assertThatThrownBy(() -> KubeletRegistration.start(config, metrics))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another process serves " + living);
            assertThat(config.registrationSocket(NodeConfig.DRIVER)).doesNotExist();
        }
    }

    private static void deadSocket(Path path) throws IOException {
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(path)); // the file stays when the socket is closed
        }
    }
}
