package dev.berth.node.metrics;

import dev.berth.store.SubstituterListener;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.util.Locale;

/** Counts what substituters are asked and give, by the names that a gateway has for it. */
public final class FetchMetrics implements SubstituterListener {
    private final Counter queries;
    private final Histogram queryDurations;
    private final Counter fetches;
    private final Counter bytes;

    /** Counts into these figures. */
    public FetchMetrics(NodeMetrics metrics) {
        queries = metrics.counter(
                "berth_substituter_queries_total", "Questions to substituters whether they have a path.", "result");
        queryDurations = metrics.durations(
                "berth_substituter_query_duration_seconds",
                "How long substituters took to say whether they have a path.");
        fetches = metrics.counter(
                "berth_substitutions_total",
                "Store paths that were fetched from substituters, or could not be.",
                "result");
        bytes = metrics.counter("berth_substituted_bytes_total", "Bytes of NARs fetched from substituters.");
    }

    @Override
    public void asked(String uri, Answer answer, Duration took) {
        queries.labelValues(answer.name().toLowerCase(Locale.ROOT)).inc();
        queryDurations.observe(took.toNanos() / 1e9);
    }

    @Override
    public void fetched(String uri, boolean done, long narBytes, Duration took) {
        fetches.labelValues(done ? "ok" : "failed").inc();
        if (done) {
            bytes.inc(narBytes);
        }
    }
}
