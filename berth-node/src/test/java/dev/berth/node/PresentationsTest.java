package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.linux.Mounts;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.PublishRequest;
import dev.berth.node.csi.WantedPackages;
import dev.berth.node.events.PodEvents;
import dev.berth.node.pods.PodRef;
import dev.berth.node.presentation.ComposefsProbe;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How an agent chooses what volumes are made of. */
class PresentationsTest {
    @TempDir
    private Path dir;

    @BeforeEach
    void needRoot() throws IOException {
        Requires.root();
        dir = dir.toRealPath();
    }

    @AfterEach
    void unmount() throws IOException {
        TestNode.unmountBelow(dir);
    }

    private static String tree(TestNode node) {
        return TestNode.names(node.state().resolve("trees")).getFirst();
    }

    @Test
    void aProbeLeavesNothing() throws IOException {
        TestNode.requires(dir, PresentationChoice.COMPOSEFS);
        assertThat(ComposefsProbe.problem(dir)).isEmpty();
        assertThat(dir).isEmptyDirectory();
    }

    /** The kernel mounts no image that lies on a tmpfs: it has no pages to read it by. */
    @Test
    void whereComposefsDoesNotWorkTreesAreMadeOfLinks() throws IOException {
        Path root = Files.createDirectory(dir.resolve("root"));
        Mounts.mount("tmpfs", "tmpfs", root, Set.of(), "size=64m");
        Path probe = Files.createDirectory(root.resolve("probe"));
        assertThat(ComposefsProbe.problem(probe)).isPresent().get().asString().contains("erofs");
        assertThat(probe).isEmptyDirectory();
        assertThatThrownBy(() -> TestNode.start(dir, config -> config.withPresentation(PresentationChoice.COMPOSEFS)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("composefs does not work here: fsconfig erofs");
        String app = TestNode.closure(new RealNix(dir), "app");
        try (TestNode node = TestNode.start(dir)) {
            assertThat(node.publish("web", true, app).resolve("bin/run")).hasContent("#!/bin/sh");
            assertThat(TreeKey.kind(tree(node))).isEqualTo(TreeKey.Kind.HARDLINK);
            node.unpublish("web");
            node.awaitTrash();
        }
    }

    @Test
    void anAgentTakesOverVolumesOfTheOtherPresentation() throws IOException {
        TestNode.requires(dir, PresentationChoice.COMPOSEFS);
        String app = TestNode.closure(new RealNix(dir), "app");
        String other = TestNode.closure(new RealNix(dir), "other");
        try (TestNode node = TestNode.start(dir)) {
            node.publish("image", true, app);
            assertThat(TreeKey.kind(tree(node))).isEqualTo(TreeKey.Kind.COMPOSEFS);
        }
        // Closing it took the mounts away, too, as a reboot does.
        try (TestNode node = TestNode.start(dir, PresentationChoice.COMPOSEFS)) {
            node.assertNothingLeft();
            node.publish("image", true, app);
            node.restart(config -> config.withPresentation(PresentationChoice.HARDLINK));
            node.publish("links", false, other);
            assertThat(TestNode.names(node.state().resolve("trees")).stream().map(TreeKey::kind))
                    .containsExactlyInAnyOrder(TreeKey.Kind.COMPOSEFS, TreeKey.Kind.HARDLINK);
            assertThat(node.target("image").resolve("bin/run")).exists();
            assertThat(node.target("links").resolve("bin/run")).exists();
            node.unpublish("image");
            node.unpublish("links");
            node.assertNothingLeft();
        }
    }

    /** What kubelet does for them is to mount with mapped ids, which the kernel refuses for overlays. */
    @Test
    void podsWithUserIdsOfTheirOwnGetLinks() throws IOException {
        Presentations presentations;
        try (StateDir state = StateDir.open(dir)) {
            presentations = Presentations.choose(
                    PresentationChoice.AUTO, Files.createDirectory(dir.resolve("store")), state, PodEvents.NONE);
        }
        PublishRequest request = new PublishRequest(
                "id",
                dir.resolve("target"),
                true,
                WantedPackages.of(List.of(new StorePath("00000000000000000000000000000000-app"))),
                PodRef.NONE,
                false,
                Optional.empty());
        assertThat(presentations.chosen(request)).isEqualTo(TreeKey.Kind.HARDLINK);
        PublishRequest writing = new PublishRequest(
                "id", dir.resolve("target"), false, request.wanted(), PodRef.NONE, false, Optional.empty());
        assertThat(TestNode.refusal(Status.Code.FAILED_PRECONDITION, () -> presentations.chosen(writing)))
                .contains("KernelLimited", "hostUsers: false");
    }
}
