package dev.berth.node.kubelet;

import dev.berth.node.grpc.Listener;
import dev.berth.node.kubelet.v1.InfoRequest;
import dev.berth.node.kubelet.v1.PluginInfo;
import dev.berth.node.kubelet.v1.RegistrationGrpc;
import dev.berth.node.kubelet.v1.RegistrationStatus;
import dev.berth.node.kubelet.v1.RegistrationStatusResponse;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells kubelet who one driver is, and is told what became of it. Kubelet does not ask again a plugin that it refused, so
 * the socket is made anew after a while, which grows from a second to a minute.
 */
final class Registration extends RegistrationGrpc.RegistrationImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(Registration.class);

    /** Kubelet knows the versions of CSI by this; any 1.x is the same to it. */
    private static final String CSI_VERSION = "1.0.0";

    private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
    private static final Duration LAST_DELAY = Duration.ofMinutes(1);

    private final String driver;
    private final Path endpoint;
    private final Consumer<Boolean> told;
    private @Nullable Listener listener;
    private Duration delay = FIRST_DELAY;
    private String problem = "kubelet has not asked for it yet";

    /** @param told is given whether kubelet accepted the driver, whenever it says so */
    Registration(String driver, Path endpoint, Consumer<Boolean> told) {
        this.driver = driver;
        this.endpoint = endpoint;
        this.told = told;
    }

    /** Where this is served. */
    synchronized void servedBy(Listener on) {
        listener = on;
    }

    @Override
    public void getInfo(InfoRequest request, StreamObserver<PluginInfo> reply) {
        reply.onNext(PluginInfo.newBuilder()
                .setType("CSIPlugin")
                .setName(driver)
                .setEndpoint(endpoint.toString())
                .addSupportedVersions(CSI_VERSION)
                .build());
        reply.onCompleted();
    }

    @Override
    public void notifyRegistrationStatus(RegistrationStatus status, StreamObserver<RegistrationStatusResponse> reply) {
        noted(status);
        told.accept(status.getPluginRegistered());
        reply.onNext(RegistrationStatusResponse.getDefaultInstance());
        reply.onCompleted();
    }

    private synchronized void noted(RegistrationStatus status) {
        if (status.getPluginRegistered()) {
            problem = "";
            delay = FIRST_DELAY;
            LOG.info("kubelet registered the driver {}", driver);
            return;
        }
        problem = "kubelet refused it: "
                + status.getError().replaceAll("\\p{Cntrl}+", " ").strip();
        LOG.error("the driver {} is not registered: {}; trying again in {} s", driver, problem, delay.toSeconds());
        if (listener != null) {
            listener.renewAfter(delay);
        }
        delay = delay.multipliedBy(2).compareTo(LAST_DELAY) > 0 ? LAST_DELAY : delay.multipliedBy(2);
    }

    String driver() {
        return driver;
    }

    /** Why the driver is not registered; empty if it is. */
    synchronized Optional<String> problem() {
        return problem.isEmpty() ? Optional.empty() : Optional.of(problem);
    }
}
