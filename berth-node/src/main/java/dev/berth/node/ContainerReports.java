package dev.berth.node;

import dev.berth.node.events.PodEvents;
import dev.berth.node.events.Reason;
import dev.berth.node.injection.Decision;
import dev.berth.node.injection.InjectionListener;
import dev.berth.node.injection.PodContainer;
import dev.berth.node.metrics.NodeMetrics;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what becomes of containers, and tells their pods. */
final class ContainerReports implements InjectionListener {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerReports.class);

    private final PodEvents events;
    private final Counter containers;
    private final Histogram waits;

    ContainerReports(PodEvents events, NodeMetrics metrics) {
        this.events = events;
        containers = metrics.counter(
                "berth_nri_containers_total",
                "Containers that the container runtime made, by what was done.",
                "result");
        waits = metrics.durations(
                "berth_nri_build_duration_seconds", "How long it took until a container had its closure.");
    }

    @Override
    public void left(Decision.Reason reason) {
        count(reason.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public void injected(PodContainer container, Duration took) {
        count("injected");
        waits.observe(took.toNanos() / 1e9);
        events.report(
                container.pod(),
                Reason.INJECTION,
                String.format(
                        Locale.ROOT,
                        "container %s has its store paths, %.1f s after it was made",
                        container.name(),
                        took.toNanos() / 1e9));
    }

    @Override
    public void failed(PodContainer container, String reason) {
        count("error");
        LOG.warn("{}: {}", container, reason);
        events.report(container.pod(), Reason.FAILED_INJECTION, "container " + container.name() + ": " + reason);
    }

    @Override
    public void startedWithout(PodContainer container, boolean repaired) {
        LOG.warn(
                "{} started without its store paths while the agent was away{}",
                container,
                repaired ? "; it has them now" : "");
        events.report(
                container.pod(),
                Reason.FAILED_INJECTION,
                "container " + container.name() + " started without its store paths while the node agent was away; "
                        + (repaired ? "it has them now" : "delete the pod, so that it is made anew"));
    }

    private void count(String result) {
        containers.labelValues(result).inc();
    }
}
