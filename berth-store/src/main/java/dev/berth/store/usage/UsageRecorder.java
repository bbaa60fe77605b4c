package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.util.Collection;

/** Is told by whoever serves paths that they were used. Any thread. */
@FunctionalInterface
public interface UsageRecorder {
    /** For stores whose use nobody counts. */
    UsageRecorder NONE = _ -> {};

    /** These paths were read or asked for just now. Returns at once and never fails: it is on the way of every answer. */
    void used(Collection<StorePath> paths);
}
