package dev.berth.node.nri;

import dev.berth.node.nri.ttrpc.Code;
import dev.berth.node.nri.ttrpc.TtrpcException;
import dev.berth.node.nri.v1alpha1.ContainerEviction;
import dev.berth.node.nri.v1alpha1.ContainerUpdate;
import dev.berth.node.nri.v1alpha1.UpdateContainersRequest;
import dev.berth.node.nri.v1alpha1.UpdateContainersResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a plugin registered with a runtime: connects, and when the connection ends for whatever reason connects again, for
 * ever, with pauses that grow. Each time the handler is told anew of everything that the runtime has.
 */
public final class NriPlugin implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NriPlugin.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    /** Containers that a runtime makes before the plugin is back get nothing, and to look for its socket costs nothing. */
    private static final Duration LONGEST_PAUSE_WITHOUT_RUNTIME = Duration.ofMillis(500);

    private final NriConfig config;
    private final NriHandler handler;
    private final EventQueue queue = new EventQueue();
    private final Counters counters = new Counters();
    private final AtomicReference<State> state =
            new AtomicReference<>(new State(Optional.empty(), false, Optional.empty(), "not connected yet"));
    private final Thread thread;
    private boolean doubting = true;
    private boolean reached;

    /** What is known of the connection; the problem is empty while synchronized. */
    private record State(Optional<NriSession> session, boolean synced, Optional<NriRuntime> runtime, String problem) {
        /** Whether this is the session under way: one that ends may still have something to tell. */
        boolean isOf(NriSession other) {
            return session.filter(now -> now == other).isPresent();
        }
    }

    private NriPlugin(NriConfig config, NriHandler handler) {
        this.config = config;
        this.handler = handler;
        this.thread = Thread.ofVirtual().name("nri").unstarted(this::stayConnected);
    }

    /** Starts to connect, and returns at once: the runtime may come later. */
    public static NriPlugin start(NriConfig config, NriHandler handler) {
        NriPlugin plugin = new NriPlugin(config, handler);
        plugin.thread.start();
        return plugin;
    }

    /** How it is now. */
    public NriStatus status() {
        State now = state.get();
        return new NriStatus(
                now.synced(),
                now.runtime(),
                now.synced() ? Optional.empty() : Optional.of(now.problem()),
                counters.connects.sum(),
                counters.creates.sum(),
                counters.refusals.sum(),
                counters.late.sum(),
                counters.events.sum(),
                queue.size());
    }

    /**
     * Asks the runtime to change containers, or to stop some. Runtimes are free to ignore evictions: containerd does.
     *
     * @return the updates that failed
     * @throws TtrpcException if the runtime refuses or there is none
     */
    public List<ContainerUpdate> updateContainers(List<ContainerUpdate> updates, List<ContainerEviction> evictions)
            throws TtrpcException, InterruptedException {
        NriSession session = state.get()
                .session()
                .orElseThrow(() -> new TtrpcException(Code.UNAVAILABLE, "no runtime is connected"));
        UpdateContainersRequest request = UpdateContainersRequest.newBuilder()
                .addAllUpdate(updates)
                .addAllEvict(evictions)
                .build();
        return session.call("UpdateContainers", request, UpdateContainersResponse.parser())
                .getFailedList();
    }

    private void stayConnected() {
        try {
            Duration pause = FIRST_PAUSE;
            while (true) {
                long before = counters.connects.sum();
                String problem = connectOnce();
                boolean worked = counters.connects.sum() > before;
                lost(problem);
                doubting |= worked;
                pause = worked ? FIRST_PAUSE : min(min(pause.multipliedBy(2), config.maxBackoff()), longestPause());
                // Two plugins that lost one runtime need not come back at the same moment.
                Thread.sleep(pause.plusNanos(ThreadLocalRandom.current().nextLong(pause.toNanos() / 4 + 1)));
            }
        } catch (InterruptedException e) {
            state.updateAndGet(was -> new State(Optional.empty(), false, was.runtime(), "the agent has closed it"));
        }
    }

    private Duration longestPause() {
        return reached ? config.maxBackoff() : LONGEST_PAUSE_WITHOUT_RUNTIME;
    }

    /** Returns why it is no longer, or not, connected. */
    private String connectOnce() throws InterruptedException {
        reached = false;
        try (NriSession session =
                NriSession.connect(config.socket(), handler, queue, counters, doubting, new Progress())) {
            // Once is enough: there are runtimes that take their time.
            doubting = !doubting;
            reached = true;
            state.updateAndGet(was -> new State(Optional.of(session), was.synced(), was.runtime(), was.problem()));
            return session.run(config.name(), config.index());
        } catch (TtrpcException e) {
            return "the runtime does not take the plugin: " + e.getMessage();
        } catch (RuntimeException e) {
            LOG.error("a defect ended the connection to the runtime", e);
            return "a defect of the agent: " + e;
        } catch (IOException e) {
            return Files.exists(config.socket())
                    ? "cannot connect to " + config.socket() + ": " + e.getMessage()
                    : "there is no " + config.socket() + ": is the runtime up, and NRI enabled in its configuration?";
        }
    }

    private void lost(String problem) {
        State was = state.getAndUpdate(now -> new State(Optional.empty(), false, now.runtime(), problem));
        if (was.synced()) {
            LOG.warn("NRI: the connection to {} ended: {}", config.socket(), problem);
        } else if (!was.problem().equals(problem)) {
            LOG.warn("NRI: not connected: {}", problem);
        }
    }

    /** What the session under way tells. */
    private final class Progress implements NriSession.Listener {
        @Override
        public void configured(NriSession session, NriRuntime runtime) {
            state.updateAndGet(was ->
                    was.isOf(session) ? new State(was.session(), false, Optional.of(runtime), was.problem()) : was);
        }

        @Override
        public void synchronizedNow(NriSession session) {
            counters.connects.increment();
            State now = state.updateAndGet(
                    was -> was.isOf(session) ? new State(was.session(), true, was.runtime(), "") : was);
            LOG.info(
                    "NRI: registered as {}-{} with {} on {}",
                    config.index(),
                    config.name(),
                    now.runtime().map(NriRuntime::toString).orElse("a runtime"),
                    config.socket());
        }
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** Ends the connection. The handler's work is interrupted; containers stay as they are. */
    @Override
    public void close() {
        thread.interrupt();
        state.get().session().ifPresent(NriSession::close);
        queue.close();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
