package dev.berth.node.metrics;

import dev.berth.node.csi.Driver;
import dev.berth.node.csi.PublishRequest;
import dev.berth.node.csi.VolumeStats;
import io.grpc.Deadline;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.nio.file.Path;

/** A driver whose publishes and unpublishes are counted. */
public final class CountedDriver implements Driver {
    private final Driver driver;
    private final Counter mounts;
    private final Counter unmounts;
    private final Histogram durations;

    /** Counts what this driver does. */
    public CountedDriver(Driver driver, NodeMetrics metrics) {
        this.driver = driver;
        this.mounts = metrics.counter("berth_volume_mounts_total", "Calls to publish a volume.", "result");
        this.unmounts = metrics.counter("berth_volume_unmounts_total", "Calls to unpublish a volume.", "result");
        this.durations = metrics.durations(
                "berth_volume_prepare_duration_seconds",
                "From a call to publish a volume to its mount; of calls that succeeded.");
    }

    @Override
    public boolean ready() {
        return driver.ready();
    }

    @Override
    public void publish(PublishRequest request, Deadline deadline) {
        long start = System.nanoTime();
        counted(mounts, () -> driver.publish(request, deadline));
        durations.observe((System.nanoTime() - start) / 1e9);
    }

    @Override
    public void unpublish(String volumeId, Path target, Deadline deadline) {
        counted(unmounts, () -> driver.unpublish(volumeId, target, deadline));
    }

    @Override
    public VolumeStats stats(String volumeId, Path path) {
        return driver.stats(volumeId, path);
    }

    private static void counted(Counter counter, Runnable call) {
        boolean done = false;
        try {
            call.run();
            done = true;
        } finally {
            counter.labelValues(done ? "ok" : "failed").inc();
        }
    }
}
