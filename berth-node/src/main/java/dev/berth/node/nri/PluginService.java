package dev.berth.node.nri;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.berth.node.nri.ttrpc.Bounded;
import dev.berth.node.nri.ttrpc.Code;
import dev.berth.node.nri.ttrpc.TtrpcCall;
import dev.berth.node.nri.ttrpc.TtrpcException;
import dev.berth.node.nri.ttrpc.TtrpcMethod;
import dev.berth.node.nri.v1alpha1.ConfigureRequest;
import dev.berth.node.nri.v1alpha1.ConfigureResponse;
import dev.berth.node.nri.v1alpha1.Container;
import dev.berth.node.nri.v1alpha1.ContainerAdjustment;
import dev.berth.node.nri.v1alpha1.ContainerRequest;
import dev.berth.node.nri.v1alpha1.CreateContainerRequest;
import dev.berth.node.nri.v1alpha1.CreateContainerResponse;
import dev.berth.node.nri.v1alpha1.Empty;
import dev.berth.node.nri.v1alpha1.Event;
import dev.berth.node.nri.v1alpha1.PodRequest;
import dev.berth.node.nri.v1alpha1.PodSandbox;
import dev.berth.node.nri.v1alpha1.StateChangeEvent;
import dev.berth.node.nri.v1alpha1.SynchronizeRequest;
import dev.berth.node.nri.v1alpha1.SynchronizeResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service {@code nri.pkg.api.v1alpha1.Plugin}, for one connection. Events come as StateChange, or as calls of their own
 * from runtimes of NRI 0.12 on (StopContainer and UpdateContainer from all); what the handler does not want is not implemented,
 * so that a runtime does what it does with an older plugin.
 */
final class PluginService {
    /** What happens to the connection. */
    interface Listener {
        void configured(NriRuntime runtime);

        /** The runtime has told everything. */
        void synchronizedNow();

        /** The connection must be made anew. */
        void lost(String why);
    }

    static final String NAME = "nri.pkg.api.v1alpha1.Plugin";

    /** What runtimes wait for an answer when they do not say: before NRI 0.8, and if nothing else is configured. */
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(2);

    /** A runtime that has waited in vain ends the connection: an answer that says so must come before. */
    private static final double OUR_SHARE = 0.8;

    private static final int LAST_POD_EVENT = Event.REMOVE_POD_SANDBOX_VALUE;
    private static final Logger LOG = LoggerFactory.getLogger(PluginService.class);

    private final NriHandler handler;
    private final Set<Event> wanted;
    private final EventQueue queue;
    private final Counters counters;
    private final boolean doubting;
    private final Listener listener;
    private final Synchronization synchronization = new Synchronization();
    private volatile NriRuntime runtime = new NriRuntime("", "", "");
    private volatile Duration requestTimeout = REQUEST_TIMEOUT;
    private volatile long configured = System.nanoTime();

    /** @param doubting whether a synchronization that may have been answered too late is given up, to begin anew */
    PluginService(NriHandler handler, EventQueue queue, Counters counters, boolean doubting, Listener listener) {
        this.doubting = doubting;
        this.handler = handler;
        this.wanted = Set.copyOf(handler.events());
        this.queue = queue;
        this.counters = counters;
        this.listener = listener;
    }

    Map<String, TtrpcMethod> methods() {
        Map<String, TtrpcMethod> methods = new HashMap<>();
        methods.put("Configure", (payload, call) -> configure(ConfigureRequest.parseFrom(payload)));
        methods.put("Synchronize", (payload, call) -> synchronize(SynchronizeRequest.parseFrom(payload)));
        methods.put("Shutdown", (payload, call) -> shutdown());
        methods.put("StateChange", (payload, call) -> stateChange(StateChangeEvent.parseFrom(payload)));
        for (Event event : wanted) {
            methods.put(methodOf(event), event == Event.CREATE_CONTAINER ? this::createContainer : relay(event));
        }
        return methods;
    }

    /** {@code RUN_POD_SANDBOX} is {@code RunPodSandbox}. */
    private static String methodOf(Event event) {
        StringBuilder name = new StringBuilder();
        for (String word : event.name().split("_", -1)) {
            name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
        }
        return name.toString();
    }

    private ConfigureResponse configure(ConfigureRequest request) {
        runtime = new NriRuntime(request.getRuntimeName(), request.getRuntimeVersion(), request.getNRIVersion());
        if (request.getRequestTimeout() > 0) {
            requestTimeout = Duration.ofMillis(request.getRequestTimeout());
        }
        listener.configured(runtime);
        configured = System.nanoTime();
        int mask = 0;
        for (Event event : wanted) {
            mask |= 1 << (event.getNumber() - 1);
        }
        return ConfigureResponse.newBuilder().setEvents(mask).build();
    }

    private SynchronizeResponse synchronize(SynchronizeRequest request) throws TtrpcException {
        NriRuntime teller = runtime;
        Optional<Synchronization.Listing> whole = synchronization.take(request);
        if (doubting && System.nanoTime() - configured > requestTimeout.toNanos()) {
            listener.lost("it took long to synchronize, and the runtime may have given up: once more");
        } else if (whole.isPresent()) {
            Synchronization.Listing all = whole.get();
            queue.replace(() -> handler.synchronize(teller, all.pods(), all.containers()));
            listener.synchronizedNow();
        }
        return SynchronizeResponse.newBuilder().setMore(request.getMore()).build();
    }

    private Empty shutdown() {
        LOG.info("{} shuts down", runtime);
        return Empty.getDefaultInstance();
    }

    private Empty stateChange(StateChangeEvent change) throws TtrpcException {
        Event event = change.getEvent();
        if (wanted.contains(event) && event != Event.CREATE_CONTAINER) {
            tell(event, change.getPod(), change.getContainer());
        }
        return Empty.getDefaultInstance();
    }

    /** All answers to these calls have the same form: nothing. */
    private TtrpcMethod relay(Event event) {
        return event.getNumber() <= LAST_POD_EVENT
                ? (payload, call) -> tell(event, PodRequest.parseFrom(payload).getPod(), Container.getDefaultInstance())
                : (payload, call) -> {
                    ContainerRequest request = ContainerRequest.parseFrom(payload);
                    return tell(event, request.getPod(), request.getContainer());
                };
    }

    private Empty tell(Event event, PodSandbox pod, Container container) throws TtrpcException {
        counters.events.increment();
        boolean told = queue.add(() -> {
            if (event.getNumber() <= LAST_POD_EVENT) {
                handler.podEvent(event, pod);
            } else {
                handler.containerEvent(event, pod, container);
            }
        });
        if (!told) {
            String why = EventQueue.MAX_WAITING + " events wait to be handled";
            listener.lost(why + ": synchronizing anew");
            throw new TtrpcException(Code.RESOURCE_EXHAUSTED, why);
        }
        return Empty.getDefaultInstance();
    }

    private MessageLite createContainer(ByteString payload, TtrpcCall call)
            throws TtrpcException, InvalidProtocolBufferException, InterruptedException {
        CreateContainerRequest request = CreateContainerRequest.parseFrom(payload);
        counters.creates.increment();
        try {
            return CreateContainerResponse.newBuilder()
                    .setAdjust(adjust(request, budget(call)))
                    .build();
        } catch (TtrpcException e) {
            counters.refusals.increment();
            LOG.warn(
                    "container {} of pod {}/{} is not made: {}",
                    request.getContainer().getName(),
                    request.getPod().getNamespace(),
                    request.getPod().getName(),
                    e.getMessage());
            throw e;
        }
    }

    private Duration budget(TtrpcCall call) {
        Duration waits = call.timeout()
                .filter(told -> told.compareTo(requestTimeout) < 0)
                .orElse(requestTimeout);
        return Duration.ofNanos((long) (waits.toNanos() * OUR_SHARE));
    }

    private ContainerAdjustment adjust(CreateContainerRequest request, Duration budget)
            throws TtrpcException, InterruptedException {
        try {
            return Bounded.run(budget, () -> handler.createContainer(request.getPod(), request.getContainer(), budget));
        } catch (TimeoutException e) {
            counters.late.increment();
            throw new TtrpcException(
                    Code.UNAVAILABLE,
                    "berth could not decide within " + budget.toMillis() + " ms; it will be tried again");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NriException refusal) {
                throw new TtrpcException(Code.FAILED_PRECONDITION, "berth: " + refusal.getMessage());
            }
            LOG.error("cannot decide about a container", e.getCause());
            throw new TtrpcException(Code.INTERNAL, "berth: internal error: " + e.getCause());
        }
    }
}
