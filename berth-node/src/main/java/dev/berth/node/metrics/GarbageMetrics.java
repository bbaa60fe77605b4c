package dev.berth.node.metrics;

import dev.berth.node.garbage.GarbageListener;
import dev.berth.store.usage.CollectionReport;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;

/** What collections of garbage do, by the names that a gateway has for it, and what the store holds since the last. */
public final class GarbageMetrics implements GarbageListener {
    private final Counter cycles;
    private final Counter paths;
    private final Counter bytes;
    private final Histogram durations;
    private final Gauge lastSuccess;
    private final Gauge storePaths;
    private final Gauge storeBytes;

    /** Counts into these figures. */
    public GarbageMetrics(NodeMetrics metrics) {
        cycles = metrics.counter("berth_gc_cycles_total", "Collections of garbage.", "result");
        paths = metrics.counter("berth_gc_paths_deleted_total", "Store paths that collections deleted.");
        bytes = metrics.counter("berth_gc_bytes_freed_total", "Bytes that collections freed.");
        durations = metrics.durations("berth_gc_cycle_duration_seconds", "How long collections took.");
        lastSuccess =
                metrics.gauge("berth_gc_last_success_timestamp_seconds", "When a collection last came to its end.");
        storePaths = metrics.gauge("berth_store_paths", "Store paths that the last collection left.");
        storeBytes = metrics.gauge("berth_store_nar_bytes", "The NAR sizes of these together.");
    }

    @Override
    public void collected(CollectionReport report, Duration took) {
        cycles.labelValues("ok").inc();
        durations.observe(took.toNanos() / 1e9);
        paths.inc(report.paths().size());
        bytes.inc(report.freed());
        lastSuccess.set(System.currentTimeMillis() / 1e3);
        storePaths.set(
                report.kept().values().stream().mapToDouble(Long::doubleValue).sum());
        storeBytes.set((double) report.after());
    }

    @Override
    public void failed(Duration took) {
        cycles.labelValues("failed").inc();
        durations.observe(took.toNanos() / 1e9);
    }
}
