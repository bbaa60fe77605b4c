package dev.berth.node.nri;

import dev.berth.node.nri.v1alpha1.Container;
import dev.berth.node.nri.v1alpha1.ContainerAdjustment;
import dev.berth.node.nri.v1alpha1.KeyValue;
import dev.berth.node.nri.v1alpha1.PodSandbox;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Adds a variable to containers, except to those that it refuses. */
final class ContainerdHandler extends RecordingHandler {
    final List<Container> asked = new CopyOnWriteArrayList<>();

    @Override
    public ContainerAdjustment createContainer(PodSandbox pod, Container container, Duration budget)
            throws NriException {
        asked.add(container);
        if (container.getName().equals("refused")) {
            throw new NriException("no room for it");
        }
        return ContainerAdjustment.newBuilder()
                .addEnv(KeyValue.newBuilder().setKey("BERTH").setValue("was here"))
                .build();
    }
}
