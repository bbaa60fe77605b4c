package dev.berth.node.nri;

import dev.berth.node.nri.v1alpha1.Container;
import dev.berth.node.nri.v1alpha1.ContainerAdjustment;
import dev.berth.node.nri.v1alpha1.Event;
import dev.berth.node.nri.v1alpha1.PodSandbox;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Notes what it is told, and answers as a test says. */
class RecordingHandler implements NriHandler {
    final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    final List<Container> synced = new ArrayList<>();

    @Override
    public Set<Event> events() {
        return EnumSet.range(Event.RUN_POD_SANDBOX, Event.REMOVE_CONTAINER);
    }

    @Override
    public void synchronize(NriRuntime runtime, List<PodSandbox> pods, List<Container> containers) {
        synced.addAll(containers);
        told.add("synchronize " + pods.size() + " " + containers.size());
    }

    @Override
    public ContainerAdjustment createContainer(PodSandbox pod, Container container, Duration budget)
            throws NriException, InterruptedException {
        return ContainerAdjustment.newBuilder()
                .putAnnotations("for", container.getId())
                .build();
    }

    @Override
    public void podEvent(Event event, PodSandbox pod) {
        told.add(event + " " + pod.getId());
    }

    @Override
    public void containerEvent(Event event, PodSandbox pod, Container container) {
        told.add(event + " " + pod.getId() + "/" + container.getId());
    }

    /** The next thing that it was told. */
    String next() throws InterruptedException {
        return String.valueOf(told.poll(20, TimeUnit.SECONDS));
    }
}
