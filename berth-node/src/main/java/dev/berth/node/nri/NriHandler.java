package dev.berth.node.nri;

import dev.berth.node.nri.v1alpha1.Container;
import dev.berth.node.nri.v1alpha1.ContainerAdjustment;
import dev.berth.node.nri.v1alpha1.Event;
import dev.berth.node.nri.v1alpha1.PodSandbox;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What is done with the pods and containers of a runtime.
 *
 * <p>{@link #createContainer} is on the runtime's way: a runtime makes one container after the other and waits for each
 * answer, for two seconds by default, and the calls are made on threads of their own. All other methods are called after the
 * runtime has its answer, on one thread, one after the other, in the order of what happened, and may take their time:
 * {@link #synchronize} first after each connect, then the events that followed. An event of a container may therefore be
 * reported while a later {@link #createContainer} of another is under way.
 */
public interface NriHandler {
    /**
     * The events that are wanted, of {@link Event#RUN_POD_SANDBOX} to {@link Event#REMOVE_CONTAINER}, not empty. Those after
     * are unknown to old runtimes, which break the connection when asked for them.
     */
    Set<Event> events();

    /**
     * Everything that the runtime has, at every connect: what was missed since the connection before is found in here.
     * Containers that were made between the runtime's listing and its first event may be in neither with runtimes before NRI
     * 0.8: a {@link Event#START_CONTAINER} of an unknown container tells of them.
     *
     * @param runtime who tells
     */
    void synchronize(NriRuntime runtime, List<PodSandbox> pods, List<Container> containers);

    /**
     * A container is about to be made; asked if {@link Event#CREATE_CONTAINER} is among the {@link #events}.
     *
     * @param budget how long the answer may take; when it takes longer, the thread is interrupted and the runtime is told
     *     that the container failed
     * @return what to change, empty for nothing
     * @throws NriException if the container must not be made. containerd then fails it with the message, and kubelet tries
     *     again; CRI-O makes it without changes
     */
    ContainerAdjustment createContainer(PodSandbox pod, Container container, Duration budget)
            throws NriException, InterruptedException;

    /** Something happened to a pod. */
    void podEvent(Event event, PodSandbox pod);

    /** Something happened to a container; {@link Event#CREATE_CONTAINER} is not reported here. */
    void containerEvent(Event event, PodSandbox pod, Container container);
}
