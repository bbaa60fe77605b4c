package dev.berth.node.csi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.nix.StoreDir;
import dev.berth.node.csi.v1.NodeExpandVolumeRequest;
import dev.berth.node.csi.v1.NodePublishVolumeRequest;
import dev.berth.node.csi.v1.NodeServiceCapability;
import dev.berth.node.csi.v1.NodeStageVolumeRequest;
import dev.berth.node.csi.v1.NodeUnstageVolumeRequest;
import dev.berth.node.csi.v1.VolumeCapability;
import dev.berth.node.csi.v1.VolumeCapability.AccessMode.Mode;
import dev.berth.store.StoreException;
import dev.berth.testing.Command;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsiServerTest {
    private static final String HELLO = "/nix/store/q06x3jll2yfzckz2bzqak089p43ixkkq-hello-2.12";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path dir;

    /** Notes what it is asked; fails as told by the volume's id. */
    private static final class Noting implements Driver {
        final List<PublishRequest> published = new CopyOnWriteArrayList<>();
        final List<String> unpublished = new CopyOnWriteArrayList<>();

        @Override
        public boolean ready() {
            return !published.isEmpty();
        }

        @Override
        public void publish(PublishRequest request, Deadline deadline) {
            if (request.volumeId().startsWith("fail-")) {
                throw new StoreException(
                        StoreException.Kind.valueOf(request.volumeId().substring(5)), "first\nsecond line");
            }
            if (request.volumeId().equals("defect")) {
                throw new IllegalStateException("a defect");
            }
            if (request.volumeId().equals("deadline")) {
                assertThat(deadline.timeRemaining(TimeUnit.SECONDS)).isBetween(1L, 20L);
            }
            published.add(request);
        }

        @Override
        public void unpublish(String volumeId, Path target, Deadline deadline) {
            unpublished.add(volumeId + " " + target);
        }

        @Override
        public VolumeStats stats(String volumeId, Path path) {
            return new VolumeStats(
                    new VolumeStats.Usage(3, 2, 1), new VolumeStats.Usage(30, 20, 10), false, "not mounted");
        }
    }

    private final Noting driver = new Noting();

    private CsiServer serve(Map<String, Path> sockets) throws IOException {
        return CsiServer.start(
                sockets,
                new CsiServer.Settings("node-1", StoreDir.DEFAULT, "x86_64-linux", Duration.ofMinutes(1)),
                driver);
    }

    private static NodePublishVolumeRequest request(UnaryOperator<NodePublishVolumeRequest.Builder> change) {
        InlineVolume volume = new InlineVolume(
                new InlineVolume.Pod("web-0", "default", "uid-1", "default"),
                "nix",
                Path.of("/tmp/target"),
                true,
                Map.of("x86_64-linux", HELLO));
        return change.apply(volume.request().toBuilder()).build();
    }

    private static String refusal(
            CsiClient client, Status.Code code, UnaryOperator<NodePublishVolumeRequest.Builder> f) {
        CsiException e = catchThrowableOfType(CsiException.class, () -> client.publish(request(f)));
        assertThat(e).isNotNull();
        assertThat(e.code()).isEqualTo(code);
        assertThat(e.getMessage()).doesNotContain("\n").doesNotContain("\tat ");
        return String.valueOf(e.getMessage());
    }

    @Test
    void eachDriverNameIsServedOnItsOwnSocket() throws IOException {
        Map<String, Path> sockets =
                Map.of("csi.berth.dev", dir.resolve("a/csi.sock"), "nixkube", dir.resolve("b/csi.sock"));
        try (CsiServer server = serve(sockets)) {
            assertThat(server).isNotNull();
            for (Map.Entry<String, Path> socket : sockets.entrySet()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getValue())))
                        .isEqualTo("rw-------");
                try (CsiClient client = CsiClient.connect(socket.getValue(), PATIENCE)) {
                    assertThat(client.pluginInfo().getName()).isEqualTo(socket.getKey());
                    assertThat(client.pluginInfo().getVendorVersion()).isNotEmpty();
                    assertThat(client.pluginCapabilities().getCapabilitiesList())
                            .isEmpty();
                    assertThat(client.nodeInfo().getNodeId()).isEqualTo("node-1");
                    assertThat(client.nodeCapabilities().getCapabilitiesList())
                            .extracting(capability -> capability.getRpc().getType())
                            .containsExactly(
                                    NodeServiceCapability.RPC.Type.GET_VOLUME_STATS,
                                    NodeServiceCapability.RPC.Type.VOLUME_CONDITION);
                }
            }
        }
        assertThat(sockets.values()).noneMatch(Files::exists);
    }

    @Test
    void requestsComeCheckedToTheDriver() throws IOException {
        Path socket = dir.resolve("csi.sock");
        try (CsiServer server = serve(Map.of("csi.berth.dev", socket));
                CsiClient client = CsiClient.connect(socket, PATIENCE)) {
            assertThat(server).isNotNull();
            assertThat(client.ready()).isFalse();
            client.publish(request(builder -> builder.setVolumeId("deadline")));
            assertThat(client.ready()).isTrue();
            PublishRequest seen = driver.published.getFirst();
            assertThat(seen.target()).isEqualTo(Path.of("/tmp/target"));
            assertThat(seen.readOnly()).isTrue();
            assertThat(seen.pod().uid()).isEqualTo("uid-1");
            assertThat(seen.packages()).hasSize(1);
            client.publish(request(builder -> builder.setReadonly(false)));
            assertThat(driver.published.getLast().readOnly()).isFalse();
            client.publish(request(builder ->
                    builder.setReadonly(false).setVolumeCapability(capability(Mode.SINGLE_NODE_READER_ONLY, builder))));
            assertThat(driver.published.getLast().readOnly()).isTrue();
            client.unpublish("../../etc\0x", Path.of("/tmp/target"));
            assertThat(driver.unpublished).containsExactly("../../etc\0x /tmp/target");
            assertThat(client.stats("v", Path.of("/tmp/target")).getUsage(1).getTotal())
                    .isEqualTo(30);
            assertThat(client.stats("v", Path.of("/tmp/target"))
                            .getVolumeCondition()
                            .getAbnormal())
                    .isTrue();
        }
    }

    private static VolumeCapability.Builder capability(Mode mode, NodePublishVolumeRequest.Builder builder) {
        return builder.getVolumeCapability().toBuilder()
                .setAccessMode(VolumeCapability.AccessMode.newBuilder().setMode(mode));
    }

    @Test
    void statisticsOfNoVolume() throws IOException {
        Path socket = dir.resolve("csi.sock");
        try (CsiServer server = serve(Map.of("csi.berth.dev", socket));
                CsiClient client = CsiClient.connect(socket, PATIENCE)) {
            assertThat(server).isNotNull();
            for (var expected : Map.of("some/path", Status.Code.NOT_FOUND, "", Status.Code.INVALID_ARGUMENT)
                    .entrySet()) {
                CsiException e =
                        catchThrowableOfType(CsiException.class, () -> client.stats("v", Path.of(expected.getKey())));
                assertThat(e).isNotNull();
                assertThat(e.code()).isEqualTo(expected.getValue());
            }
        }
    }

    @Test
    void badRequestsAreRefused() throws IOException {
        Path socket = dir.resolve("csi.sock");
        Status.Code invalid = Status.Code.INVALID_ARGUMENT;
        try (CsiServer server = serve(Map.of("csi.berth.dev", socket));
                CsiClient client = CsiClient.connect(socket, PATIENCE)) {
            assertThat(server).isNotNull();
            assertThat(refusal(client, invalid, r -> r.clearVolumeId())).contains("volume id");
            assertThat(refusal(client, invalid, r -> r.setVolumeId("x".repeat(5000))))
                    .contains("longer");
            assertThat(refusal(client, invalid, r -> r.clearTargetPath())).contains("target path");
            for (String path : List.of("relative", "/", "/a/../b", "/a//b", "/a/./b", "/a/", "/a\0b")) {
                assertThat(refusal(client, invalid, r -> r.setTargetPath(path))).contains("target path");
            }
            assertThat(refusal(client, invalid, r -> r.clearVolumeCapability())).contains("capability");
            assertThat(refusal(
                            client,
                            invalid,
                            r -> r.setVolumeCapability(r.getVolumeCapability().toBuilder()
                                    .setBlock(VolumeCapability.BlockVolume.getDefaultInstance()))))
                    .contains("block");
            assertThat(refusal(
                            client,
                            invalid,
                            r -> r.setVolumeCapability(
                                    r.getVolumeCapability().toBuilder().clearAccessType())))
                    .contains("neither");
            for (Mode mode : List.of(Mode.MULTI_NODE_MULTI_WRITER, Mode.MULTI_NODE_SINGLE_WRITER, Mode.UNKNOWN)) {
                assertThat(refusal(client, invalid, r -> r.setVolumeCapability(capability(mode, r))))
                        .contains("access mode");
            }
            assertThat(refusal(
                            client,
                            invalid,
                            r -> r.setVolumeCapability(mount(r).setMount(VolumeCapability.MountVolume.newBuilder()
                                    .setFsType("xfs")))))
                    .contains("'xfs'");
            assertThat(refusal(
                            client,
                            invalid,
                            r -> r.setVolumeCapability(mount(r).setMount(VolumeCapability.MountVolume.newBuilder()
                                    .addMountFlags("suid")))))
                    .contains("'suid'");
            assertThat(refusal(client, invalid, r -> r.putVolumeContext("packages", "x")))
                    .contains("'packages'");
            assertThat(driver.published).isEmpty();
        }
    }

    private static VolumeCapability.Builder mount(NodePublishVolumeRequest.Builder builder) {
        return builder.getVolumeCapability().toBuilder();
    }

    @ParameterizedTest
    @EnumSource(StoreException.Kind.class)
    void failuresOfTheStoreAreAnsweredInOneLine(StoreException.Kind kind) throws IOException {
        Path socket = dir.resolve("csi.sock");
        try (CsiServer server = serve(Map.of("csi.berth.dev", socket));
                CsiClient client = CsiClient.connect(socket, PATIENCE)) {
            assertThat(server).isNotNull();
            assertThat(refusal(client, Answers.code(kind), r -> r.setVolumeId("fail-" + kind)))
                    .isEqualTo("first second line");
        }
    }

    @Test
    void aDefectIsAnsweredWithoutAStackTrace() throws IOException {
        Path socket = dir.resolve("csi.sock");
        try (CsiServer server = serve(Map.of("csi.berth.dev", socket));
                CsiClient client = CsiClient.connect(socket, PATIENCE)) {
            assertThat(server).isNotNull();
            assertThat(refusal(client, Status.Code.INTERNAL, r -> r.setVolumeId("defect")))
                    .contains("defect");
        }
    }

    @Test
    void whatDoesNotExistIsUnimplemented() throws IOException {
        Path socket = dir.resolve("csi.sock");
        try (CsiServer server = serve(Map.of("csi.berth.dev", socket));
                CsiClient client = CsiClient.connect(socket, PATIENCE)) {
            assertThat(server).isNotNull();
            List<Runnable> calls = List.of(
                    () -> client.node().nodeStageVolume(NodeStageVolumeRequest.getDefaultInstance()),
                    () -> client.node().nodeUnstageVolume(NodeUnstageVolumeRequest.getDefaultInstance()),
                    () -> client.node().nodeExpandVolume(NodeExpandVolumeRequest.getDefaultInstance()));
            for (Runnable call : calls) {
                StatusRuntimeException e = catchThrowableOfType(StatusRuntimeException.class, call::run);
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "%2Fvar%2Flib%2Fkubelet%2Fplugins%2Fcsi.sock", "/csi/csi.sock", "a_b"})
    void anyAuthorityIsAccepted(String authority) throws IOException {
        Path socket = dir.resolve("csi.sock");
        try (CsiServer server = serve(Map.of("csi.berth.dev", socket));
                CsiClient client = CsiClient.connect(socket, PATIENCE, authority)) {
            assertThat(server).isNotNull();
            assertThat(client.pluginInfo().getName()).isEqualTo("csi.berth.dev");
        }
    }

    @Test
    void aSpecificationOfAMegabyteIsAccepted() throws IOException {
        Path socket = dir.resolve("csi.sock");
        String spec = "{\"a\": \"" + "x".repeat(1_500_000) + "\"}";
        try (CsiServer server = serve(Map.of("csi.berth.dev", socket));
                CsiClient client = CsiClient.connect(socket, PATIENCE)) {
            assertThat(server).isNotNull();
            client.publish(request(r -> r.putVolumeContext(InlineVolume.POD_SPEC, spec)));
            assertThat(driver.published).hasSize(1);
        }
    }

    @Test
    void aDeadSocketIsReplacedAndALivingOneRefused() throws IOException {
        Path socket = dir.resolve("csi.sock");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();
        try (CsiServer first = serve(Map.of("csi.berth.dev", socket));
                CsiClient client = CsiClient.connect(socket, PATIENCE)) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> serve(Map.of("nixkube", socket)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another process serves " + socket);
            assertThat(client.pluginInfo().getName()).isEqualTo("csi.berth.dev");
        }
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void afileInTheWayIsLeftAndRefused() throws IOException {
        Path socket = Files.writeString(dir.resolve("csi.sock"), "precious");
        assertThatThrownBy(() -> serve(Map.of("nixkube", socket))).hasMessageContaining("is not a socket");
        assertThat(socket).hasContent("precious");
    }

    @Test
    void aDeviceOrPipeInTheWayIsLeftAndRefused() throws IOException, InterruptedException {
        Path pipe = dir.resolve("csi.sock");
        // It refuses connections as a dead socket does.
        Command.of("mkfifo", pipe.toString()).succeed();
        Object key = Files.readAttributes(pipe, BasicFileAttributes.class).fileKey();
        assertThatThrownBy(() -> serve(Map.of("nixkube", pipe))).hasMessageContaining("is not a socket");
        assertThat(Files.readAttributes(pipe, BasicFileAttributes.class).fileKey())
                .isEqualTo(key);
    }

    @Test
    void aPathThatIsTooLongIsRefused() {
        assertThatThrownBy(() -> serve(Map.of("nixkube", dir.resolve("x".repeat(120)))))
                .hasMessageContaining("longer than 106 bytes");
    }

    @Test
    void aSocketThatSomebodyReplacedIsNotRemoved() throws IOException {
        Path socket = dir.resolve("csi.sock");
        CsiServer server = serve(Map.of("nixkube", socket));
        Files.delete(socket);
        Files.writeString(socket, "another's");
        server.close();
        assertThat(socket).hasContent("another's");
    }
}
