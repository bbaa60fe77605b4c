package dev.berth.node;

import dev.berth.node.injection.ContainerRecord;
import dev.berth.node.injection.PodContainer;
import dev.berth.node.policy.Holding;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** What the namespaces have on this node, in volumes, and in containers that have closures without one. */
final class Holdings {
    private final Registry volumes;
    private final ContainerRegistry containers;
    private final ReentrantLock adding = new ReentrantLock();

    Holdings(Registry volumes, ContainerRegistry containers) {
        this.volumes = volumes;
        this.containers = containers;
    }

    /**
     * What the others of a namespace have. A container that is made anew counts once: runtimes keep the one before for a while.
     *
     * @param holder who is left out: see {@link #holder}
     */
    Map<String, Holding> others(String namespace, String holder) {
        Map<String, Holding> all = new HashMap<>();
        for (VolumeRecord volume : volumes.all()) {
            if (volume.pod().namespace().equals(namespace)) {
                all.put(volume.name(), holding(volume.tree(), volume.bytes()));
            }
        }
        for (ContainerRecord container : containers.all()) {
            if (container.owner().pod().namespace().equals(namespace)
                    && !container.tree().isEmpty()
                    && !container.ended()) {
                all.put(holder(container.owner()), holding(container.tree(), container.bytes()));
            }
        }
        all.remove(holder);
        return all;
    }

    /** What to call a container here; a volume has its name. */
    static String holder(PodContainer container) {
        return container.pod().uid() + '/' + container.name();
    }

    /** What shows a closure counts as that closure, however it shows it. */
    static Holding holding(String tree, long bytes) {
        return new Holding(TreeKey.content(tree), bytes);
    }

    /** Adds something unless something is against it; nothing else that is added so comes in between. */
    void add(Runnable check, Runnable addition) {
        adding.lock();
        try {
            check.run();
            addition.run();
        } finally {
            adding.unlock();
        }
    }
}
