package dev.berth.node.nri;

import dev.berth.node.nri.ttrpc.Code;
import dev.berth.node.nri.ttrpc.TtrpcException;
import dev.berth.node.nri.v1alpha1.Container;
import dev.berth.node.nri.v1alpha1.PodSandbox;
import dev.berth.node.nri.v1alpha1.SynchronizeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The pods and containers of a runtime, which come in one request or in several. */
final class Synchronization {
    /** The most that is taken in all; some thousand containers have less. */
    static final int MAX_BYTES = 32 << 20;

    /** Everything that the runtime has. */
    record Listing(List<PodSandbox> pods, List<Container> containers) {}

    private final List<PodSandbox> pods = new ArrayList<>();
    private final List<Container> containers = new ArrayList<>();
    private long bytes;

    /**
     * Takes a request.
     *
     * @return everything, if no more requests follow
     */
    synchronized Optional<Listing> take(SynchronizeRequest request) throws TtrpcException {
        bytes += request.getSerializedSize();
        if (bytes > MAX_BYTES) {
            reset();
            throw new TtrpcException(
                    Code.RESOURCE_EXHAUSTED,
                    "more than " + MAX_BYTES + " bytes of pods and containers are too many to synchronize");
        }
        pods.addAll(request.getPodsList());
        containers.addAll(request.getContainersList());
        if (request.getMore()) {
            return Optional.empty();
        }
        Listing all = new Listing(List.copyOf(pods), List.copyOf(containers));
        reset();
        return Optional.of(all);
    }

    private void reset() {
        pods.clear();
        containers.clear();
        bytes = 0;
    }
}
