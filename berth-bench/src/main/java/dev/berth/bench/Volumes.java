package dev.berth.bench;

import dev.berth.bench.work.Work;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.NodeConfig;
import dev.berth.node.csi.CsiClient;
import dev.berth.node.csi.InlineVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Volumes of the closures of {@link Work#MANY} on one agent, each for a pod of its own. For many threads. */
final class Volumes {
    private final Bench bench;
    private final CsiClient agent;
    private final AtomicInteger made = new AtomicInteger();

    Volumes(Bench bench, CsiClient agent) {
        this.bench = bench;
        this.agent = agent;
    }

    /** A volume of a root's closure that is not published yet. */
    InlineVolume of(StorePath root) throws IOException {
        String pod = "bench-" + made.getAndIncrement();
        return new InlineVolume(
                new InlineVolume.Pod(pod, "default", "uid-" + pod, "default"),
                "nix",
                bench.fresh("volume"),
                true,
                Map.of(NodeConfig.thisSystem(), StoreDir.DEFAULT.print(root)));
    }

    /** Publishes one, and gives the time that the agent took to answer. */
    Duration publish(InlineVolume volume) {
        long start = System.nanoTime();
        agent.publish(volume);
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Takes one away, and gives the time that the agent took to answer. */
    Duration unpublish(InlineVolume volume) {
        long start = System.nanoTime();
        agent.unpublish(volume.volumeId(), volume.target());
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /**
     * Looks whether a published one shows its closure.
     *
     * @throws IOException if a path is not there
     */
    static void check(InlineVolume volume) throws IOException {
        Path store = volume.target().resolve("nix/store");
        long shown;
        try (var entries = Files.list(store)) {
            shown = entries.count();
        }
        if (shown != Work.MANY.paths()) {
            throw new IOException(store + " has " + shown + " paths, not " + Work.MANY.paths());
        }
    }
}
