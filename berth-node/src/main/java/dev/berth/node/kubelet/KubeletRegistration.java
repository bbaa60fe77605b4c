package dev.berth.node.kubelet;

import dev.berth.node.NodeConfig;
import dev.berth.node.grpc.GrpcSockets;
import dev.berth.node.metrics.NodeMetrics;
import io.prometheus.metrics.core.metrics.Counter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the agent's drivers registered with kubelet: a socket for each in {@code plugins_registry}, on which kubelet asks who
 * the driver is. Kubelet looks into that directory when it starts, too, so nothing is to be done when it restarts.
 */
public final class KubeletRegistration implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KubeletRegistration.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final KubeletConfig config;
    private final GrpcSockets sockets = new GrpcSockets("berth-registration");
    private final List<Registration> registrations = new ArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    private KubeletRegistration(KubeletConfig config) {
        this.config = config;
    }

    /**
     * Offers the drivers to kubelet, which must be served already. Sockets that an earlier agent left for drivers that are
     * not served any more are removed, unless somebody listens on them.
     *
     * @throws IOException if a socket can't be made; one line
     */
    public static KubeletRegistration start(KubeletConfig config, NodeMetrics metrics) throws IOException {
        KubeletRegistration registration = new KubeletRegistration(config);
        try {
            registration.offer(metrics);
        } catch (IOException e) {
            registration.close();
            throw e;
        }
        Thread.ofVirtual().name("berth-registration-patience").start(registration::warnIfIgnored);
        return registration;
    }

    private void offer(NodeMetrics metrics) throws IOException {
        Counter answers = metrics.counter(
                "berth_kubelet_registrations_total", "What kubelet said to drivers that were offered.", "result");
        metrics.gauges("berth_kubelet_registered", "Whether kubelet has registered a driver.", "driver", this::figures);
        for (String driver : NodeConfig.DRIVERS) {
            if (!config.drivers().contains(driver)) {
                GrpcSockets.removeDead(config.registrationSocket(driver));
                GrpcSockets.removeDead(config.socket(driver));
            }
        }
        for (String driver : config.drivers()) {
            Path place = config.registrationSocket(driver);
            Registration registration = new Registration(
                    driver,
                    config.socket(driver),
                    registered ->
                            answers.labelValues(registered ? "ok" : "refused").inc());
            registrations.add(registration);
            registration.servedBy(sockets.listen("the registration of " + driver, place, registration));
        }
    }

    private Map<String, Double> figures() {
        Map<String, Double> figures = new LinkedHashMap<>();
        registrations.forEach(each -> figures.put(each.driver(), each.problem().isEmpty() ? 1.0 : 0.0));
        return figures;
    }

    private void warnIfIgnored() {
        try {
            if (!closed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                problems()
                        .forEach((driver, problem) -> LOG.warn(
                                "the driver {} is not registered after {} s: {}; does kubelet run, with the root directory {}?",
                                driver,
                                PATIENCE.toSeconds(),
                                problem,
                                config.dir()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The drivers that kubelet has not registered, with the reason; a line each. */
    public Map<String, String> problems() {
        Map<String, String> problems = new LinkedHashMap<>();
        registrations.forEach(each -> each.problem().ifPresent(problem -> problems.put(each.driver(), problem)));
        return problems;
    }

    /** Takes the offers back: kubelet calls the drivers no more. */
    @Override
    public void close() {
        closed.countDown();
        sockets.close();
    }
}
