package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.linux.MountInfo;
import dev.berth.linux.MountTable;
import dev.berth.linux.Mounts;
import dev.berth.node.csi.InlineVolume;
import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Volumes on the real kernel, of closures that the real Nix made, through the real socket. */
@ParameterizedClass
@EnumSource(names = {"COMPOSEFS", "HARDLINK"})
class PublishTest {
    private final PresentationChoice presentation;

    @TempDir
    private Path dir;

    PublishTest(PresentationChoice presentation) {
        this.presentation = presentation;
    }

    private RealNix nix;
    private TestNode node;
    private String app;

    @BeforeEach
    void start() {
        dev.berth.testing.Requires.root();
        nix = new RealNix(dir);
        app = TestNode.closure(nix, "app");
        node = TestNode.start(dir, presentation);
    }

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    private static MountInfo mountAt(Path target) throws IOException {
        return MountTable.at(target).orElseThrow(() -> new AssertionError("nothing is mounted at " + target));
    }

    @Test
    void aReadOnlyVolumeShowsTheClosureAndNothingElse() throws IOException {
        assertThat(node.client().ready()).isTrue();
        Path target = node.publish("web", true, app);
        assertThat(mountAt(target).options()).contains("ro");
        List<String> closure =
                nix.output("nix-store", "-qR", app).lines().sorted().toList();
        assertThat(TestNode.names(target.resolve("nix/store")).stream()
                        .map(name -> "/nix/store/" + name)
                        .sorted())
                .isEqualTo(closure)
                .hasSize(3);
        assertThat(Files.readSymbolicLink(target.resolve("nix/var/result"))).isEqualTo(Path.of(app));
        assertThat(target.resolve("bin/run")).isExecutable();
        assertThat(target.resolve("bin/run"))
                .hasSameBinaryContentAs(nix.real(app).resolve("bin/run"));
        // The package's links are followed, so that a subPath below them works; those that leave the store are not.
        assertThat(Files.isSymbolicLink(target.resolve("lib"))).isFalse();
        assertThat(target.resolve("lib/so")).isRegularFile();
        assertThat(Files.isSymbolicLink(target.resolve("etc/data"))).isFalse();
        assertThat(target.resolve("etc/data")).hasContent("leaf app");
        assertThat(Files.readSymbolicLink(target.resolve("etc/outside"))).isEqualTo(Path.of("/etc/passwd"));
        assertThat(Files.readSymbolicLink(target.resolve("etc/dangling"))).isEqualTo(Path.of("missing"));
        assertThatThrownBy(() -> Files.writeString(target.resolve("nix/x"), "x"))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("Read-only file system");
        assertThat(node.agent().volumes())
                .containsExactly(new PublishedVolume(
                        node.volume("web", true, app).volumeId(),
                        target,
                        true,
                        "uid-of-web",
                        List.of(new dev.berth.nix.StorePath(app.substring("/nix/store/".length())))));
        node.unpublish("web");
        assertThat(target).doesNotExist();
        assertThat(target.getParent()).isDirectory();
        node.assertNothingLeft();
    }

    /** Nix 2.8 wants a database that it can write, so it is run on a read-write volume. */
    @Test
    void nixInThePodSeesExactlyTheClosure() {
        Path target = node.publish("web", false, app);
        List<String> closure =
                nix.output("nix-store", "-qR", app).lines().sorted().toList();
        Command.Result seen = Command.of(
                        "unshare",
                        "--mount",
                        "--propagation",
                        "private",
                        "sh",
                        "-ec",
                        "mkdir -p /nix; mount --rbind \"$0/nix\" /nix; export NIX_REMOTE=local;"
                                + " nix-store -qR /nix/var/result; nix-store --verify --check-contents >&2;"
                                + " nix-store --gc --print-dead >&2",
                        target.toString())
                .succeed();
        assertThat(seen.stdout().lines().sorted()).isEqualTo(closure);
        assertThat(seen.stderr()).doesNotContain("error").doesNotContain("/nix/store/");
        node.unpublish("web");
        node.assertNothingLeft();
        nix.verifies(nix.uri());
    }

    @Test
    void whatAPodWritesIsItsOwnAndGoesWithIt() throws IOException {
        Path one = node.publish("one", false, app);
        Path two = node.publish("two", false, app);
        Path leaf = node.publish("three", true, app);
        Path inStore = Path.of(app.substring(1)).resolve("bin/run");
        Files.writeString(one.resolve(inStore), "changed");
        Files.delete(one.resolve("nix/var/result"));
        assertThat(one.resolve(inStore)).hasContent("changed");
        for (Path other : List.of(two, leaf)) {
            assertThat(other.resolve(inStore)).hasContent("#!/bin/sh");
            assertThat(Files.isSymbolicLink(other.resolve("nix/var/result"))).isTrue();
        }
        nix.verifies(nix.uri());
        node.unpublish("one");
        Path again = node.publish("one", false, app);
        assertThat(again.resolve(inStore)).hasContent("#!/bin/sh");
        List.of("one", "two", "three").forEach(node::unpublish);
        node.assertNothingLeft();
    }

    @Test
    void publishingAgainTouchesNothing() throws IOException {
        Path target = node.publish("web", true, app);
        int mount = mountAt(target).id();
        node.publish("web", true, app);
        node.restart();
        node.publish("web", true, app);
        assertThat(mountAt(target).id()).isEqualTo(mount);
        assertThat(node.mounts()).hasSize(1);
        // A target that somebody else mounted is left alone, too.
        Path foreign = Files.createDirectories(node.target("foreign"));
        Mounts.mount("tmpfs", "tmpfs", foreign, Set.of(), "size=1m");
        node.publish("foreign", true, app);
        assertThat(mountAt(foreign).type()).isEqualTo("tmpfs");
        node.unpublish("foreign");
        assertThat(foreign).isEmptyDirectory();
        node.unpublish("web");
        node.unpublish("web");
        node.assertNothingLeft();
    }

    @Test
    void anotherVolumeOrOtherPackagesAtOneTargetAreRefused() {
        String other = TestNode.closure(nix, "other");
        Path target = node.publish("web", true, app);
        InlineVolume stranger = new InlineVolume(
                new InlineVolume.Pod("x", "default", "uid-x", "default"),
                "nix",
                target,
                true,
                Map.of(TestNode.SYSTEM, app));
        assertThat(TestNode.refusal(
                        Status.Code.ALREADY_EXISTS, () -> node.client().publish(stranger)))
                .contains("another volume", target.toString());
        assertThat(TestNode.refusal(Status.Code.ALREADY_EXISTS, () -> node.publish("web", true, other)))
                .contains("other packages");
        assertThat(TestNode.refusal(Status.Code.ALREADY_EXISTS, () -> node.publish("web", false, app)))
                .contains("mode");
        InlineVolume elsewhere =
                new InlineVolume(stranger.pod(), "nix", node.target("elsewhere"), true, Map.of(TestNode.SYSTEM, app));
        InlineVolume web = node.volume("web", true, app);
        InlineVolume moved = new InlineVolume(web.pod(), web.name(), elsewhere.target(), true, web.attributes());
        assertThat(TestNode.refusal(
                        Status.Code.FAILED_PRECONDITION, () -> node.client().publish(moved)))
                .contains("published at " + target);
        node.unpublish("web");
        node.assertNothingLeft();
    }

    @Test
    void unpublishTakesStackedMountsAndProvesIt() throws IOException {
        Path target = node.publish("web", true, app);
        for (int i = 0; i < 3; i++) {
            Mounts.mount("tmpfs", "tmpfs", target, Set.of(), "size=1m");
        }
        node.unpublish("web");
        assertThat(MountTable.at(target)).isEmpty();
        node.assertNothingLeft();
    }

    @Test
    void unpublishOfABusyVolumeFailsAndCanBeRepeated() throws IOException {
        Path target = node.publish("web", false, app);
        try (var open = Files.newInputStream(
                target.resolve("nix/store").resolve(app.substring(11)).resolve("bin/run"))) {
            assertThat(open.read()).isEqualTo('#');
            assertThat(TestNode.refusal(Status.Code.FAILED_PRECONDITION, () -> node.unpublish("web")))
                    .contains(target.toString(), "in use");
            assertThat(mountAt(target).type()).isEqualTo("overlay");
            assertThat(node.agent().volumes()).hasSize(1);
        }
        node.unpublish("web");
        node.assertNothingLeft();
    }

    @Test
    void badTargetsAreRefusedAndLeaveNothing() throws IOException {
        Path file = Files.writeString(node.target("file"), "x");
        assertThat(TestNode.refusal(Status.Code.INVALID_ARGUMENT, () -> node.publish("file", true, app)))
                .contains(file.toString(), "is a file");
        Path link = Files.createSymbolicLink(node.target("link"), dir);
        assertThat(TestNode.refusal(Status.Code.INVALID_ARGUMENT, () -> node.publish("link", true, app)))
                .contains(link.toString(), "symbolic link");
        InlineVolume noParent = new InlineVolume(
                new InlineVolume.Pod("x", "default", "u", "default"),
                "nix",
                dir.resolve("pods/none/mount"),
                true,
                Map.of(TestNode.SYSTEM, app));
        assertThat(TestNode.refusal(
                        Status.Code.FAILED_PRECONDITION, () -> node.client().publish(noParent)))
                .contains("does not exist");
        InlineVolume own =
                new InlineVolume(noParent.pod(), "nix", node.root().toRealPath(), true, Map.of(TestNode.SYSTEM, app));
        assertThat(TestNode.refusal(
                        Status.Code.INVALID_ARGUMENT, () -> node.client().publish(own)))
                .contains("overlaps");
        assertThat(TestNode.refusal(
                        Status.Code.INVALID_ARGUMENT,
                        () -> node.client().unpublish("x", node.root().resolve("nix"))))
                .contains("overlaps");
        Path readOnly = Files.createDirectories(dir.resolve("pods/readonly"));
        Mounts.mount("tmpfs", "tmpfs", readOnly, Set.of(dev.berth.linux.MountAttribute.READ_ONLY), "size=1m");
        assertThat(TestNode.refusal(Status.Code.FAILED_PRECONDITION, () -> node.publish("readonly", true, app)))
                .contains(readOnly.toString(), "Read-only file system");
        Mounts.unmount(readOnly, Mounts.Unmount.IDLE);
        assertThat(file).hasContent("x");
        node.assertNothingLeft();
    }

    @Test
    void hostileVolumeIdsStayNames() {
        byte[] before = dirListing();
        for (String id : List.of("..", "../../../etc", "/", "a/b", "a\0b", "x".repeat(1000), ".", "\n", "é✓")) {
            Path target = node.target("hostile");
            node.client().unpublish(id, target);
            TestNode.refusal(Status.Code.NOT_FOUND, () -> node.client().stats(id, target));
        }
        assertThat(dirListing()).isEqualTo(before);
    }

    private byte[] dirListing() {
        String[] names = TestNode.names(node.state()).toArray(new String[0]);
        Arrays.sort(names);
        return String.join("/", names).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    @Test
    void statisticsTellBytesAndInodesAndWhetherItIsMounted() throws IOException {
        Path target = node.publish("web", true, app);
        String id = node.volume("web", true, app).volumeId();
        var stats = node.client().stats(id, target);
        assertThat(stats.getUsageList())
                .hasSize(2)
                .allMatch(usage -> usage.getTotal() > 0 && usage.getUsed() > 0 && usage.getAvailable() > 0);
        assertThat(stats.getVolumeCondition().getAbnormal()).isFalse();
        Mounts.unmount(target, Mounts.Unmount.IDLE);
        assertThat(node.client().stats(id, target).getVolumeCondition().getAbnormal())
                .isTrue();
        TestNode.refusal(Status.Code.NOT_FOUND, () -> node.client().stats(id, node.target("elsewhere")));
        TestNode.refusal(Status.Code.NOT_FOUND, () -> node.client().stats("unknown", target));
        // Published again after somebody took the mount away.
        node.publish("web", true, app);
        assertThat(mountAt(target).readOnly()).isTrue();
        node.unpublish("web");
        node.assertNothingLeft();
    }

    @Test
    void aVolumeKeepsItsClosureFromTheCollector() {
        String spare = TestNode.closure(nix, "spare");
        node.publish("web", true, app);
        nix.output("nix-store", "--gc");
        assertThat(nix.real(app)).exists();
        assertThat(nix.real(spare)).doesNotExist();
        node.unpublish("web");
        node.awaitTrash();
        nix.output("nix-store", "--gc");
        assertThat(nix.real(app)).doesNotExist();
        node.assertNothingLeft();
    }

    /** The files of one presentation are those of the other, by every name, with the same metadata. */
    @Test
    void aVolumeLooksLikeAHardlinkTree() throws IOException {
        Path target = node.publish("web", true, app);
        List<String> shown = listing(target);
        node.unpublish("web");
        node.assertNothingLeft();
        node.close();
        node = TestNode.start(dir, PresentationChoice.HARDLINK);
        assertThat(shown).isEqualTo(listing(node.publish("web", true, app))).hasSizeGreaterThan(30);
        node.unpublish("web");
        node.assertNothingLeft();
    }

    /** Type, permissions, owner, size, time of change and target of everything; of directories neither size nor, but for the store's, time. */
    private static List<String> listing(Path root) {
        return Command.of(
                        "find",
                        root.toString(),
                        "-mindepth",
                        "1",
                        "-type",
                        "d",
                        "-path",
                        "*/nix/store/*",
                        "-printf",
                        "%P %M %U %G %T@\\n",
                        "-o",
                        "-type",
                        "d",
                        "-printf",
                        "%P %M %U %G\\n",
                        "-o",
                        "-path",
                        "*/nix/var/*",
                        "-printf",
                        "%P %M %U %G %l\\n",
                        "-o",
                        "-printf",
                        "%P %M %U %G %s %T@ %l\\n")
                .succeed()
                .stdout()
                .lines()
                .sorted()
                .toList();
    }

    @Test
    void filesThatALiveVolumeShowsOutliveACollection() throws IOException {
        Path readOnly = node.publish("ro", true, app);
        Path readWrite = node.publish("rw", false, app);
        Path inVolume = Path.of(app.substring(1)).resolve("bin/run");
        for (int i = 0; i < 2; i++) {
            nix.output("nix-store", "--gc");
            assertThat(nix.real(app)).exists();
            assertThat(readOnly.resolve(inVolume)).hasContent("#!/bin/sh");
            assertThat(readOnly.resolve("etc/data")).hasContent("leaf app");
            assertThat(readWrite.resolve(inVolume)).hasContent("#!/bin/sh");
            node.restart();
        }
        node.unpublish("ro");
        nix.output("nix-store", "--gc");
        assertThat(readWrite.resolve("etc/data")).hasContent("leaf app");
        // Somebody shows it still when its last volume goes.
        Path stray = Files.createDirectories(dir.resolve("stray")).toRealPath();
        Mounts.bind(readWrite, stray, false);
        node.unpublish("rw");
        node.restart();
        nix.output("nix-store", "--gc");
        assertThat(stray.resolve(inVolume)).hasContent("#!/bin/sh");
        Mounts.unmount(stray, Mounts.Unmount.IDLE);
        node.restart();
        nix.output("nix-store", "--gc");
        assertThat(nix.real(app)).doesNotExist();
        node.assertNothingLeft();
    }

    @Test
    void pathsOfThePodsSpecificationJoinTheVolume() {
        String other = TestNode.closure(nix, "other");
        InlineVolume volume = node.volume(
                "web",
                true,
                Map.of(TestNode.SYSTEM, app, InlineVolume.POD_SPEC, "{\"args\": [\"" + other + "/bin/run\"]}"));
        node.client().publish(volume);
        assertThat(volume.target().resolve(other.substring(1)).resolve("bin/run"))
                .exists();
        assertThat(volume.target().resolve(app.substring(1)).resolve("bin/run")).exists();
        node.unpublish("web");
        node.assertNothingLeft();
    }
}
