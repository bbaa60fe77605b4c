package dev.berth.node;

import dev.berth.nix.StorePath;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The volumes that have a record on disk, or are about to get one. */
final class Registry {
    private final Map<String, VolumeRecord> volumes = new ConcurrentHashMap<>();

    void add(VolumeRecord volume) {
        volumes.put(volume.name(), volume);
    }

    void remove(String name) {
        volumes.remove(name);
    }

    Optional<VolumeRecord> get(String name) {
        return Optional.ofNullable(volumes.get(name));
    }

    /** The volume that is to be at a target. */
    Optional<VolumeRecord> at(Path target) {
        return volumes.values().stream()
                .filter(volume -> volume.target().equals(target))
                .findFirst();
    }

    /** A volume of these packages, shown in this way. */
    Optional<VolumeRecord> of(List<StorePath> packages, TreeKey.Kind kind) {
        return volumes.values().stream()
                .filter(volume -> volume.packages().equals(packages) && TreeKey.kind(volume.tree()) == kind)
                .findFirst();
    }

    List<VolumeRecord> all() {
        return List.copyOf(volumes.values());
    }
}
