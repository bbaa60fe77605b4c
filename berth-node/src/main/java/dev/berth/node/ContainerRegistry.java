package dev.berth.node;

import dev.berth.node.injection.ContainerRecord;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The containers that have a record on disk, or are about to get one. */
final class ContainerRegistry {
    private final Map<String, ContainerRecord> containers = new ConcurrentHashMap<>();

    /** Adds one, or what has become of it. */
    void put(ContainerRecord container) {
        containers.put(container.id(), container);
    }

    void remove(String id) {
        containers.remove(id);
    }

    Optional<ContainerRecord> get(String id) {
        return Optional.ofNullable(containers.get(id));
    }

    List<ContainerRecord> all() {
        return List.copyOf(containers.values());
    }
}
