package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.util.List;
import java.util.Map;

/**
 * What is to go.
 *
 * @param graph of the store
 * @param victims in order: what was not used for longest first, each in front of what it needs
 * @param kept how many others stay, by why
 * @param size of the store
 */
record Plan(PathGraph graph, List<CollectedPath> victims, Map<Kept, Long> kept, long size) {
    List<StorePath> paths() {
        return victims.stream().map(CollectedPath::path).toList();
    }

    long bytes() {
        return victims.stream().mapToLong(CollectedPath::size).sum();
    }
}
