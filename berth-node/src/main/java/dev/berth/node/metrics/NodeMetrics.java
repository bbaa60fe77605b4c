package dev.berth.node.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The figures of one agent. A part of the agent makes its figures once, when it starts, and counts with them; docs/metrics.md
 * names each. Names begin with {@code berth_}, counters end in {@code _total}, times are in seconds. Labels have few values,
 * whatever pods ask for: never a pod, a path or a message. Any thread.
 */
public final class NodeMetrics {
    private static final Logger LOG = LoggerFactory.getLogger(NodeMetrics.class);
    private static final double[] SECONDS = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800
    };

    private final PrometheusRegistry registry = new PrometheusRegistry();

    /** @param version of this program, shown as {@code berth_build_info} */
    public NodeMetrics(String version) {
        Info.builder()
                .name("berth_build_info")
                .help("The version of Berth.")
                .labelNames("version")
                .register(registry)
                .setLabelValues(version);
    }

    /** A count that only grows. Once a name. */
    public Counter counter(String name, String help, String... labels) {
        return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
    }

    /** How long something takes, in seconds, from 5 ms to half an hour. Once a name. */
    public Histogram durations(String name, String help, String... labels) {
        return Histogram.builder()
                .name(name)
                .help(help)
                .labelNames(labels)
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .register(registry);
    }

    /** A figure that is set. Once a name. */
    public Gauge gauge(String name, String help, String... labels) {
        return Gauge.builder().name(name).help(help).labelNames(labels).register(registry);
    }

    /** A figure that is read whenever figures are asked for, quickly; left out if that throws. Once a name. */
    public void gauge(String name, String help, DoubleSupplier value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(shown -> guarded(name, () -> shown.call(value.getAsDouble())))
                .register(registry);
    }

    /**
     * Figures of several of a kind, read as {@link #gauge(String, String, DoubleSupplier)}.
     *
     * @param label what the kind is called, such as {@code driver}
     * @param values by the label's value
     */
    public void gauges(String name, String help, String label, Supplier<Map<String, Double>> values) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames(label)
                .callback(shown -> guarded(name, () -> values.get().forEach((kind, value) -> shown.call(value, kind))))
                .register(registry);
    }

    /** A count that somebody else keeps, read as {@link #gauge(String, String, DoubleSupplier)}. */
    public void counted(String name, String help, DoubleSupplier value) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .callback(shown -> guarded(name, () -> shown.call(value.getAsDouble())))
                .register(registry);
    }

    /** One figure that can't be read must not hide the others. */
    private static void guarded(String name, Runnable reading) {
        try {
            reading.run();
        } catch (RuntimeException e) {
            LOG.warn("cannot read {}: {}", name, String.valueOf(e.getMessage()));
        }
    }

    /** Writes all figures in Prometheus' text format. */
    public void write(OutputStream out) throws IOException {
        PrometheusTextFormatWriter.create().write(out, registry.scrape());
    }

    /** The media type of what {@link #write} writes. */
    static String contentType() {
        return PrometheusTextFormatWriter.CONTENT_TYPE;
    }
}
