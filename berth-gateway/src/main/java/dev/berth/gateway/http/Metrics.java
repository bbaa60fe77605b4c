package dev.berth.gateway.http;

import dev.berth.gateway.CollectionSchedule;
import dev.berth.store.SubstituterListener;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;

/**
 * What a gateway counts, for Prometheus; docs/metrics.md describes each figure. Labels have few values, whatever clients
 * send. Any thread.
 */
public final class Metrics implements CollectionSchedule.Listener, SubstituterListener {
    private static final double[] SECONDS = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5, 30, 120};

    private record Answer(Route route, int status) {}

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Counter requests = Counter.builder()
            .name("berth_http_requests_total")
            .help("HTTP requests that were answered.")
            .labelNames("route", "status")
            .register(registry);
    private final Histogram durations = Histogram.builder()
            .name("berth_http_request_duration_seconds")
            .help("From the head of an HTTP request to the last byte of its answer handed to the kernel or its queue.")
            .labelNames("route")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .register(registry);
    private final Counter narSent = Counter.builder()
            .name("berth_http_nar_bytes_sent_total")
            .help("Bytes of NARs sent over HTTP, as they were sent: compressed or not.")
            .register(registry);
    private final Counter narReceived = Counter.builder()
            .name("berth_http_nar_bytes_received_total")
            .help("Bytes of NARs received over HTTP, as they came: compressed or not.")
            .register(registry);
    private final Counter cut = Counter.builder()
            .name("berth_http_answers_cut_total")
            .help("Answers that were cut off in the middle: the client left or was too slow, or the store failed.")
            .labelNames("reason")
            .register(registry);
    private final Counter gcCycles = Counter.builder()
            .name("berth_gc_cycles_total")
            .help("Collections of what nobody used.")
            .labelNames("result")
            .register(registry);
    private final Counter gcPaths = Counter.builder()
            .name("berth_gc_paths_deleted_total")
            .help("Store paths that collections deleted.")
            .register(registry);
    private final Counter gcBytes = Counter.builder()
            .name("berth_gc_bytes_freed_total")
            .help("Bytes that collections freed.")
            .register(registry);
    private final Histogram gcDurations = Histogram.builder()
            .name("berth_gc_cycle_duration_seconds")
            .help("How long collections took.")
            .classicOnly()
            .classicUpperBounds(0.1, 1, 10, 60, 600, 3600)
            .register(registry);
    private final Gauge gcSuccess = Gauge.builder()
            .name("berth_gc_last_success_timestamp_seconds")
            .help("When a collection last came to its end, in seconds since 1970.")
            .register(registry);
    private final Counter substitutions = Counter.builder()
            .name("berth_substitutions_total")
            .help("Store paths that were fetched from substituters, or could not be.")
            .labelNames("result")
            .register(registry);
    private final Counter queries = Counter.builder()
            .name("berth_substituter_queries_total")
            .help("Questions to substituters whether they have a path.")
            .labelNames("result")
            .register(registry);
    private final Histogram queryDurations = Histogram.builder()
            .name("berth_substituter_query_duration_seconds")
            .help("How long substituters took to say whether they have a path.")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .register(registry);
    private final Counter substituted = Counter.builder()
            .name("berth_substituted_bytes_total")
            .help("Bytes of NARs fetched from substituters.")
            .register(registry);

    private final Map<Answer, CounterDataPoint> answers = new ConcurrentHashMap<>();
    private final Map<Route, DistributionDataPoint> times = new ConcurrentHashMap<>();

    /** @param version of this program */
    public Metrics(String version) {
        Info.builder()
                .name("berth_build_info")
                .help("The version of Berth.")
                .labelNames("version")
                .register(registry)
                .setLabelValues(version);
    }

    /** A collection came to its end. */
    @Override
    public void collected(long paths, long bytes, Duration time) {
        gcCycles.labelValues("ok").inc();
        gcPaths.inc(paths);
        gcBytes.inc(bytes);
        gcDurations.observe(seconds(time.toNanos()));
        gcSuccess.set(System.currentTimeMillis() / 1e3);
    }

    /** A collection failed. */
    @Override
    public void collectionFailed() {
        gcCycles.labelValues("failed").inc();
    }

    @Override
    public void asked(String uri, SubstituterListener.Answer answer, Duration took) {
        queries.labelValues(label(answer)).inc();
        queryDurations.observe(seconds(took.toNanos()));
    }

    @Override
    public void fetched(String uri, boolean done, long narBytes, Duration took) {
        substitutions.labelValues(done ? "ok" : "failed").inc();
        if (done) {
            substituted.inc(narBytes);
        }
    }

    private static String label(SubstituterListener.Answer answer) {
        return answer.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Shows a figure as it is whenever figures are asked for. Once a name.
     *
     * @param name such as {@code berth_http_connections}
     */
    public void gauge(String name, String help, DoubleSupplier value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call(value.getAsDouble()))
                .register(registry);
    }

    /**
     * Shows the figures of several of a kind as they are.
     *
     * @param label what the kind is called, such as {@code transport}
     * @param values by the label's value; read each time
     */
    public void gauges(String name, String help, String label, Map<String, DoubleSupplier> values) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames(label)
                .callback(callback -> values.forEach((kind, value) -> callback.call(value.getAsDouble(), kind)))
                .register(registry);
    }

    /** Shows a count that others keep. Once a name. */
    public void counter(String name, String help, DoubleSupplier value) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call(value.getAsDouble()))
                .register(registry);
    }

    void answered(String path, int status, long nanos, long received, long sent) {
        Route route = Route.of(path);
        answers.computeIfAbsent(new Answer(route, status), this::counting).inc();
        times.computeIfAbsent(route, kind -> durations.labelValues(kind.label()))
                .observe(seconds(nanos));
        if (route == Route.NAR) {
            narSent.inc(sent);
            narReceived.inc(received);
        }
    }

    private CounterDataPoint counting(Answer answer) {
        return requests.labelValues(answer.route().label(), Integer.toString(answer.status()));
    }

    void cut(boolean byClient) {
        cut.labelValues(byClient ? "client" : "failure").inc();
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }

    /** All figures in Prometheus' text format. */
    byte[] text() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(out, registry.scrape());
        return out.toByteArray();
    }

    /** The media type of {@link #text}. */
    static String contentType() {
        return PrometheusTextFormatWriter.CONTENT_TYPE;
    }
}
