package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.time.Instant;
import java.util.Map;

/**
 * When paths were last used, as far as anybody saw it.
 *
 * @param of each path that was seen to be used
 * @param all a time at which any path may have been used without being recorded; {@link Instant#EPOCH} if there is none
 */
public record Uses(Map<StorePath, Instant> of, Instant all) {
    /** Copies the map. */
    public Uses {
        of = Map.copyOf(of);
    }

    /** When a path was last used; {@link Instant#EPOCH} if nobody saw it. */
    public Instant last(StorePath path) {
        Instant own = of.getOrDefault(path, Instant.EPOCH);
        return own.isAfter(all) ? own : all;
    }
}
