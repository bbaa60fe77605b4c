package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.linux.MountInfo;
import dev.berth.linux.MountTable;
import dev.berth.linux.Mounts;
import dev.berth.node.csi.CsiClient;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.InlineVolume;
import dev.berth.node.presentation.ComposefsProbe;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * An agent in this process on a store of its own, and a client of its socket. Closing it fails the test if the agent
 * leaves anything behind, and takes every mount below its directory away.
 */
final class TestNode implements AutoCloseable {
    static final String SYSTEM = NodeConfig.thisSystem();

    private final Path dir;
    private final NodeConfig config;
    private NodeAgent agent;
    private CsiClient client;

    private TestNode(Path dir, NodeConfig config) {
        this.dir = dir;
        this.config = config;
        this.agent = NodeAgent.start(config);
        this.client = CsiClient.connect(dir.resolve("csi.sock"), Duration.ofSeconds(60));
    }

    /** An agent on the store {@code dir/root}. */
    static TestNode start(Path dir, UnaryOperator<NodeConfig> change) {
        Requires.root();
        try {
            Path real = dir.toRealPath();
            Files.createDirectories(real.resolve("pods"));
            return new TestNode(real, change.apply(NodeConfig.of(real.resolve("root"), real.resolve("csi.sock"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static TestNode start(Path dir) {
        return start(dir, UnaryOperator.identity());
    }

    /** An agent that shows volumes in this way; skips the test where the kernel can't. */
    static TestNode start(Path dir, PresentationChoice presentation) {
        requires(dir, presentation);
        return start(dir, config -> config.withPresentation(presentation));
    }

    /** Skips the test where the kernel can't show volumes in this way. */
    static void requires(Path dir, PresentationChoice presentation) {
        Requires.root();
        if (presentation == PresentationChoice.COMPOSEFS) {
            try {
                Path scratch = Files.createTempDirectory(dir.toRealPath(), "probe");
                Optional<String> problem = ComposefsProbe.problem(scratch);
                Files.delete(scratch);
                Requires.that(problem.isEmpty(), "composefs does not work here: " + problem.orElse(""));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Ends the agent and starts another on the same root. */
    void restart() {
        restart(UnaryOperator.identity());
    }

    /** As {@link #restart()} with other settings. */
    void restart(UnaryOperator<NodeConfig> change) {
        client.close();
        agent.close();
        agent = NodeAgent.start(change.apply(config));
        client = CsiClient.connect(dir.resolve("csi.sock"), Duration.ofSeconds(60));
    }

    NodeAgent agent() {
        return agent;
    }

    CsiClient client() {
        return client;
    }

    Path socket() {
        return dir.resolve("csi.sock");
    }

    Path root() {
        return config.root();
    }

    Path state() {
        return config.root().resolve("nix/var/berth");
    }

    /** Where kubelet would have the volume of a pod mounted. */
    Path target(String pod) {
        Path parent = dir.resolve("pods").resolve(pod);
        try {
            return Files.createDirectories(parent).resolve("mount");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    InlineVolume volume(String pod, boolean readOnly, String storePath) {
        return volume(pod, readOnly, Map.of(SYSTEM, storePath));
    }

    InlineVolume volume(String pod, boolean readOnly, Map<String, String> attributes) {
        return new InlineVolume(
                new InlineVolume.Pod(pod, "default", "uid-of-" + pod, "default"),
                "nix",
                target(pod),
                readOnly,
                new HashMap<>(attributes));
    }

    /** Publishes and gives the target. */
    Path publish(String pod, boolean readOnly, String storePath) {
        InlineVolume volume = volume(pod, readOnly, storePath);
        client.publish(volume);
        return volume.target();
    }

    void unpublish(String pod) {
        InlineVolume volume = volume(pod, true, Map.of());
        client.unpublish(volume.volumeId(), volume.target());
    }

    /** The message of a call that must be answered with this status, and must have mounted nothing. */
    static String refusal(Status.Code code, Runnable call) {
        CsiException e = catchThrowableOfType(CsiException.class, call::run);
        assertThat(e).as("a refusal").isNotNull();
        String message = String.valueOf(e.getMessage());
        assertThat(e.code()).as(message).isEqualTo(code);
        assertThat(message).doesNotContain("\n").doesNotContain("Exception");
        return message;
    }

    /** The names in one of the agent's directories; none if it is not there. */
    static List<String> names(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fails unless nothing is mounted below the test's directory and the agent's directories are empty. */
    void assertNothingLeft() {
        awaitTrash();
        assertThat(mountsBelow(dir)).isEmpty();
        for (String part : List.of("volumes", "containers", "trees", "parts", "trash")) {
            assertThat(names(state().resolve(part))).as(part).isEmpty();
        }
        assertThat(names(root().resolve("nix/var/nix/gcroots/berth")))
                .as("gcroots")
                .isEmpty();
    }

    /** The mounts at targets. */
    List<MountInfo> mounts() {
        return mountsBelow(dir.resolve("pods"));
    }

    private static List<MountInfo> mountsBelow(Path directory) {
        try {
            return MountTable.below(directory).stream()
                    .filter(mount -> !mount.mountPoint().equals(directory))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Cleaning runs behind the calls: waits until the trees are gone, at most for ten seconds. */
    void awaitSweep() {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!names(state().resolve("trees")).isEmpty() && System.nanoTime() < end) {
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Deletion runs in the background: waits for it, at most for ten seconds. */
    void awaitTrash() {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!names(state().resolve("trash")).isEmpty() && System.nanoTime() < end) {
            pause();
        }
    }

    /** A closure of several paths made by the real Nix in the agent's store: the root, which refers to the others. */
    static String closure(RealNix nix, String name) {
        return nix.build("""
                let
                  make = name: script: derivation {
                    inherit name; system = "%s"; builder = "/bin/sh"; args = [ "-c" script ];
                  };
                  leaf = make "%2$s-leaf" ''mkdir -p $out/share/deep; echo leaf %2$s > $out/share/deep/data'';
                  lib = make "%2$s-lib" ''mkdir -p $out/lib; echo ${leaf} > $out/lib/ref; echo lib > $out/lib/so'';
                in make "%2$s" ''
                  mkdir -p $out/bin $out/etc
                  echo '#!/bin/sh' > $out/bin/run; chmod +x $out/bin/run
                  ln -s ${lib}/lib $out/lib
                  ln -s ${leaf}/share/deep/data $out/etc/data
                  ln -s /etc/passwd $out/etc/outside
                  ln -s missing $out/etc/dangling
                ''
                """.formatted(SYSTEM, name)).getFirst();
    }

    @Override
    public void close() {
        client.close();
        agent.close();
        try {
            unmountBelow(dir);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes every mount below a directory away. */
    static void unmountBelow(Path dir) throws IOException {
        for (MountInfo mount : MountTable.below(dir)) {
            if (!mount.mountPoint().equals(dir)) {
                Mounts.unmount(mount.mountPoint(), Mounts.Unmount.DETACH);
            }
        }
    }
}
