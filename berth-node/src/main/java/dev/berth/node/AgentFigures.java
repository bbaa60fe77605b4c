package dev.berth.node;

import dev.berth.linux.Kernel;
import dev.berth.linux.MountTable;
import dev.berth.node.metrics.NodeMetrics;
import dev.berth.node.policy.Admission;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntSupplier;

/** Figures of a node that are looked up when somebody asks for them. */
final class AgentFigures {
    private AgentFigures() {}

    /** Looks something up. */
    private interface Reading {
        double read() throws IOException;
    }

    static void show(
            NodeMetrics metrics,
            NodeConfig config,
            Presentations presentations,
            Admission admission,
            IntSupplier volumes) {
        Path store = config.root().resolve("nix/store");
        metrics.gauge("berth_volumes_published", "Volumes that are published.", volumes::getAsInt);
        metrics.gauge(
                "berth_composefs_available",
                "Whether new volumes are shown by composefs; else by trees of hard links.",
                () -> presentations.composefs() ? 1 : 0);
        metrics.counted(
                "berth_mount_budget_fallbacks_total",
                "Containers whose closures would have come too near to fs.mount-max as binds.",
                presentations::fallbacks);
        metrics.gauge(
                "berth_policy_outdated",
                "Whether the policy's file can't be taken as it is now, so that an older version is in force.",
                () -> admission.isOutdated() ? 1 : 0);
        show(
                metrics,
                "berth_store_filesystem_size_bytes",
                "The size of the store's file system.",
                () -> fileStore(store).getTotalSpace());
        show(
                metrics,
                "berth_store_filesystem_available_bytes",
                "What is left of the store's file system for those who are not root.",
                () -> fileStore(store).getUsableSpace());
        show(
                metrics,
                "berth_mount_namespace_mounts",
                "Mounts in the agent's mount namespace.",
                () -> MountTable.all().size());
        show(
                metrics,
                "berth_mount_namespace_limit",
                "How many mounts a mount namespace can have (fs.mount-max).",
                () -> Kernel.setting("fs/mount-max"));
    }

    private static void show(NodeMetrics metrics, String name, String help, Reading reading) {
        metrics.gauge(name, help, () -> {
            try {
                return reading.read();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static FileStore fileStore(Path path) throws IOException {
        return Files.getFileStore(path);
    }
}
