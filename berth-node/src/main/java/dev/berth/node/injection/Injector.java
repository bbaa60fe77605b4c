package dev.berth.node.injection;

import dev.berth.nix.StoreDir;
import dev.berth.node.nri.NriException;
import dev.berth.node.nri.NriHandler;
import dev.berth.node.nri.NriRuntime;
import dev.berth.node.nri.v1alpha1.Container;
import dev.berth.node.nri.v1alpha1.ContainerAdjustment;
import dev.berth.node.nri.v1alpha1.ContainerState;
import dev.berth.node.nri.v1alpha1.Event;
import dev.berth.node.nri.v1alpha1.Hook;
import dev.berth.node.nri.v1alpha1.Hooks;
import dev.berth.node.nri.v1alpha1.Mount;
import dev.berth.node.nri.v1alpha1.PodSandbox;
import dev.berth.node.pods.PodRef;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives containers their closures. When one is about to be made, its closure is begun to be made ready, and the container gets a hook that the runtime
 * runs before it starts the container's process, and that waits for the closure: so the runtime has its answer at once, and the process never runs without.
 */
public final class Injector implements NriHandler, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Injector.class);

    /** A container as young as that may have been made after the runtime listed those that it has. */
    private static final Duration YOUNG = Duration.ofMinutes(1);

    private final InjectionConfig config;
    private final Decider decider;
    private final ContainerClosures closures;
    private final InjectionListener listener;
    private final Preparations preparations;
    private final Removals removals;
    private final WaitServer server;
    private final Path program;

    /** The containers of an agent before this one, whenever that was. */
    private final Set<String> adopted = ConcurrentHashMap.newKeySet();

    private Injector(
            InjectionConfig config,
            Decider decider,
            ContainerClosures closures,
            InjectionListener listener,
            Preparations preparations)
            throws IOException {
        this.config = config;
        this.decider = decider;
        this.closures = closures;
        this.listener = listener;
        this.preparations = preparations;
        this.removals = new Removals(closures);
        this.program = config.hostDirectory()
                .resolve(HookProgram.install(config.directory()).getFileName());
        closures.all().forEach(container -> adopted.add(container.id()));
        // The containers that an agent before this one left waiting, before their hooks ask.
        closures.all().stream().filter(container -> !container.shown()).forEach(preparations::start);
        this.server = WaitServer.start(
                config.directory(), (state, heartbeat) -> preparations.show(state.id(), state::root, heartbeat));
    }

    /**
     * Starts answering hooks; the runtime is heard as soon as this is given to a plugin session.
     *
     * @param system the Nix system of this node
     * @throws IOException if the hooks' program or socket can't be put into the directory
     */
    public static Injector start(
            InjectionConfig config,
            StoreDir storeDir,
            String system,
            ContainerClosures closures,
            InjectionListener listener)
            throws IOException {
        return new Injector(
                config,
                new Decider(storeDir, system, config.machines()),
                closures,
                listener,
                new Preparations(closures, listener, storeDir, config.deadline()));
    }

    @Override
    public Set<Event> events() {
        return Set.of(
                Event.CREATE_CONTAINER,
                Event.STOP_CONTAINER,
                Event.REMOVE_CONTAINER,
                Event.STOP_POD_SANDBOX,
                Event.REMOVE_POD_SANDBOX);
    }

    @Override
    public ContainerAdjustment createContainer(PodSandbox pod, Container container, Duration budget)
            throws NriException {
        PodContainer owner = owner(pod, container);
        return switch (decide(pod, container)) {
            case Decision.Leave(Decision.Reason reason) -> {
                LOG.debug("{} is left as it is: {}", owner, reason);
                listener.left(reason);
                yield ContainerAdjustment.getDefaultInstance();
            }
            case Decision.Refuse(String reason) -> {
                listener.failed(owner, reason);
                throw new NriException(reason);
            }
            case Decision.Inject(Injection injection) -> inject(pod, container, injection);
        };
    }

    private Decision decide(PodSandbox pod, Container container) {
        return decider.decide(new ContainerSpec(
                container.getName(),
                pod.getAnnotationsMap(),
                pod.getRuntimeHandler(),
                container.getArgsList(),
                container.getEnvList(),
                container.getMountsList().stream().map(Mount::getDestination).toList()));
    }

    private ContainerAdjustment inject(PodSandbox pod, Container container, Injection injection) throws NriException {
        begin(pod, container, injection);
        return ContainerAdjustment.newBuilder()
                .setHooks(Hooks.newBuilder()
                        .addCreateRuntime(Hook.newBuilder()
                                .setPath(program.toString())
                                .addArgs(program.getFileName().toString())
                                .addArgs(config.hostDirectory().toString())))
                .build();
    }

    private void begin(PodSandbox pod, Container container, Injection injection) throws NriException {
        ContainerRecord record = ContainerRecord.of(
                container.getId(), pod.getId(), owner(pod, container), hasHostUsers(container), injection);
        try {
            // Written before the runtime is answered: an agent after this one finds it when the hook asks.
            closures.add(record);
        } catch (IOException e) {
            String reason = "cannot note the container in the node agent's state: " + e.getMessage();
            listener.failed(record.owner(), reason);
            throw new NriException(reason, e);
        }
        preparations.start(record);
    }

    private static boolean hasHostUsers(Container container) {
        return container.getLinux().getNamespacesList().stream()
                .noneMatch(namespace -> namespace.getType().equals("user"));
    }

    private static PodContainer owner(PodSandbox pod, Container container) {
        return new PodContainer(new PodRef(pod.getNamespace(), pod.getName(), pod.getUid()), container.getName());
    }

    @Override
    public void containerEvent(Event event, PodSandbox pod, Container container) {
        switch (event) {
            case STOP_CONTAINER -> ended(container.getId());
            case REMOVE_CONTAINER -> remove(container.getId());
            default -> {
                // Not asked for.
            }
        }
    }

    @Override
    public void podEvent(Event event, PodSandbox pod) {
        List<String> containers = closures.all().stream()
                .filter(container -> container.sandbox().equals(pod.getId()))
                .map(ContainerRecord::id)
                .toList();
        switch (event) {
            // Of containers that end by themselves nothing else is told before they are removed.
            case STOP_POD_SANDBOX -> containers.forEach(this::ended);
            case REMOVE_POD_SANDBOX -> containers.forEach(this::remove);
            default -> {
                // Not asked for.
            }
        }
    }

    private void ended(String id) {
        preparations.cancel(id, "the container was stopped");
        try {
            closures.ended(id);
        } catch (IOException e) {
            LOG.warn("container {} counts for its namespace until it is removed: {}", id, e.getMessage());
        }
    }

    private void remove(String id) {
        adopted.remove(id);
        preparations.cancel(id, "the container was removed");
        removals.remove(id);
    }

    @Override
    public void synchronize(NriRuntime runtime, List<PodSandbox> pods, List<Container> containers) {
        Set<String> there = new HashSet<>();
        containers.forEach(container -> there.add(container.getId()));
        for (ContainerRecord record : closures.all()) {
            boolean old = adopted.contains(record.id())
                    || preparations.age(record.id()).compareTo(YOUNG) > 0;
            if (old && !there.contains(record.id())) {
                LOG.info("{} is gone from {}: removed", record.owner(), runtime);
                remove(record.id());
            }
        }
        Map<String, PodSandbox> byId = new HashMap<>();
        pods.forEach(pod -> byId.put(pod.getId(), pod));
        for (Container container : containers) {
            if (container.getState() == ContainerState.CONTAINER_STOPPED) {
                ended(container.getId());
            }
            Optional<PodSandbox> pod = Optional.ofNullable(byId.get(container.getPodSandboxId()));
            boolean alive = container.getPid() > 0
                    && (container.getState() == ContainerState.CONTAINER_RUNNING
                            || container.getState() == ContainerState.CONTAINER_CREATED);
            if (pod.isPresent() && alive && closures.find(container.getId()).isEmpty()) {
                missed(pod.get(), container);
            }
        }
    }

    /** Looks at a container that was made while the agent was away. */
    private void missed(PodSandbox pod, Container container) {
        if (!(decide(pod, container) instanceof Decision.Inject(Injection injection))) {
            return;
        }
        PodContainer owner = owner(pod, container);
        ContainerRoot root = new ContainerRoot(container.getPid(), Path.of("/"));
        try {
            if (root.hasNix()) {
                return;
            }
            if (!config.repair()) {
                listener.startedWithout(owner, false);
                return;
            }
            begin(pod, container, injection);
            Thread.ofVirtual().name("berth-repair").start(() -> repair(container.getId(), owner, root));
        } catch (IOException e) {
            listener.failed(owner, "it started without its closure, and cannot be looked into: " + e.getMessage());
        } catch (NriException e) {
            LOG.warn("{} started without its closure: {}", owner, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void repair(String id, PodContainer owner, ContainerRoot root) {
        try {
            preparations.show(id, () -> root, () -> {});
            listener.startedWithout(owner, true);
        } catch (IOException e) {
            LOG.warn("{} goes on without its closure: {}", owner, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops. Containers keep what they have; those that wait are served by the next agent. */
    @Override
    public void close() throws IOException {
        removals.close();
        server.close();
        preparations.close();
    }
}
