package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.linux.MountTable;
import dev.berth.linux.Mounts;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What an agent finds at its start, and what it must not touch. */
@ParameterizedClass
@EnumSource(names = {"COMPOSEFS", "HARDLINK"})
class SweepTest {
    private final PresentationChoice presentation;

    @TempDir
    private Path dir;

    SweepTest(PresentationChoice presentation) {
        this.presentation = presentation;
    }

    private TestNode node;
    private String app;

    @BeforeEach
    void start() {
        Requires.root();
        app = TestNode.closure(new RealNix(dir), "app");
        node = TestNode.start(dir, presentation);
    }

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    private Path record(String pod) {
        return node.state()
                .resolve("volumes")
                .resolve(StateDir.volumeName(node.volume(pod, true, app).volumeId()))
                .resolve("volume.properties");
    }

    private Path onlyTree() {
        return node.state()
                .resolve("trees")
                .resolve(TestNode.names(node.state().resolve("trees")).getFirst());
    }

    @Test
    void volumesOfAnEarlierBootGo() throws IOException {
        for (String pod : new String[] {"ro", "rw"}) {
            Path target = node.publish(pod, pod.equals("ro"), app);
            Files.writeString(
                    record(pod),
                    Files.readString(record(pod))
                            .replaceAll("bootId=.*", "bootId=00000000-0000-0000-0000-000000000000"));
            Mounts.unmount(target, Mounts.Unmount.IDLE);
        }
        node.restart();
        assertThat(node.agent().volumes()).isEmpty();
        node.assertNothingLeft();
        assertThat(node.target("ro")).doesNotExist();
    }

    @Test
    void mountedVolumesSurviveARestartAndCanBeUnpublished() throws IOException {
        Path readOnly = node.publish("ro", true, app);
        Path readWrite = node.publish("rw", false, app);
        Files.writeString(readWrite.resolve("mine"), "x");
        node.restart();
        assertThat(node.agent().volumes()).hasSize(2);
        assertThat(readOnly.resolve("bin/run")).exists();
        assertThat(readWrite.resolve("mine")).hasContent("x");
        node.unpublish("ro");
        assertThat(readWrite.resolve("bin/run")).exists();
        node.unpublish("rw");
        node.assertNothingLeft();
    }

    @Test
    void aTreeThatIsMountedElsewhereOutlivesItsVolume() throws IOException {
        Path target = node.publish("web", true, app);
        Path stray = Files.createDirectories(dir.resolve("stray")).toRealPath();
        Mounts.bind(target.resolve("nix"), stray, false);
        node.unpublish("web");
        node.restart();
        assertThat(stray.resolve(app.substring("/nix/".length())).resolve("bin/run"))
                .exists();
        Mounts.unmount(stray, Mounts.Unmount.IDLE);
        // The next call that ends a volume cleans up behind the earlier ones.
        node.publish("next", true, app);
        node.unpublish("next");
        node.awaitSweep();
        node.assertNothingLeft();
    }

    @Test
    void aSpoiltRecordCostsNoLiveMount() throws IOException {
        Path readOnly = node.publish("ro", true, app);
        Path readWrite = node.publish("rw", false, app);
        Files.writeString(record("ro"), "target=\\u12");
        Files.delete(record("rw"));
        node.restart();
        node.awaitTrash();
        assertThat(readOnly.resolve("bin/run")).exists();
        assertThat(readWrite.resolve("bin/run")).exists();
        Files.writeString(readWrite.resolve("mine"), "x");
        node.unpublish("ro");
        node.unpublish("rw");
        assertThat(MountTable.at(readOnly)).isEmpty();
        node.restart();
        node.assertNothingLeft();
    }

    @Test
    void whatACrashLeftGoes() throws IOException {
        node.publish("web", true, app);
        Path state = node.state();
        Files.createDirectories(state.resolve("parts/half/nix/store"));
        Files.createDirectories(state.resolve("trash/old/deep"));
        Files.createDirectories(state.resolve("trees/unused"));
        Files.createDirectories(state.resolve("volumes/v-unknown/upper"));
        Files.writeString(state.resolve("volumes/file"), "x");
        for (Path place :
                List.of(state.resolve("parts/probe-1/tree/shown"), onlyTree().resolve("stage1"))) {
            Mounts.mount("tmpfs", "tmpfs", Files.createDirectories(place), Set.of(), "size=1m");
        }
        Path roots = node.root().resolve("nix/var/nix/gcroots/berth");
        Files.createDirectories(roots.resolve("v-gone"));
        Files.createSymbolicLink(roots.resolve("v-gone/link"), Path.of(app));
        Files.writeString(roots.resolve("file"), "x");
        node.restart();
        assertThat(node.agent().volumes()).hasSize(1);
        assertThat(TestNode.names(state.resolve("trees"))).hasSize(1);
        assertThat(node.target("web").resolve("bin/run")).exists();
        node.unpublish("web");
        node.assertNothingLeft();
    }

    @Test
    void aVolumeThatSomethingIsMountedInIsNotDeleted() throws IOException {
        Path precious = Files.createDirectories(node.state().resolve("volumes/v-unknown/upper"));
        Mounts.mount("tmpfs", "tmpfs", precious, Set.of(), "size=1m");
        Files.writeString(precious.resolve("data"), "precious");
        node.restart();
        node.awaitTrash();
        assertThat(precious.resolve("data")).hasContent("precious");
        Mounts.unmount(precious, Mounts.Unmount.IDLE);
        node.restart();
        node.assertNothingLeft();
    }

    /** The agent made a directory there, and removes nothing else. */
    @Test
    void whatTookThePlaceOfATargetStays() throws IOException {
        Path called = node.publish("called", true, app);
        Path swept = node.publish("swept", true, app);
        for (Path target : List.of(called, swept)) {
            Mounts.unmount(target, Mounts.Unmount.IDLE);
            Files.delete(target);
            Files.writeString(target, "precious");
        }
        node.unpublish("called");
        node.restart();
        assertThat(called).hasContent("precious");
        assertThat(swept).hasContent("precious");
        node.awaitSweep();
        node.assertNothingLeft();
    }

    @Test
    void aSecondAgentOnTheRootIsRefused() {
        NodeConfig second = NodeConfig.of(node.root(), dir.resolve("second.sock"));
        assertThatThrownBy(() -> NodeAgent.start(second).close())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("another agent");
        assertThat(node.client().ready()).isTrue();
    }
}
