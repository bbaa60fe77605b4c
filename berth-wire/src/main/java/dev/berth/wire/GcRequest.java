package dev.berth.wire;

import dev.berth.nix.StorePath;
import java.util.Set;

/**
 * A collection of garbage as a client asks for it.
 *
 * @param action what to do
 * @param ignoreLiveness always refused by servers
 * @param pathsToDelete for {@link Action#DELETE_SPECIFIC}
 * @param maxFreed stop after so many bytes; unsigned, all ones for no limit
 */
public record GcRequest(Action action, boolean ignoreLiveness, Set<StorePath> pathsToDelete, long maxFreed) {
    /** What to do; on the wire by its ordinal. */
    public enum Action {
        /** Say what is alive. */
        RETURN_LIVE,
        /** Say what is dead. */
        RETURN_DEAD,
        /** Delete what is dead. */
        DELETE_DEAD,
        /** Delete these paths. */
        DELETE_SPECIFIC
    }

    /** Copies the set. */
    public GcRequest {
        pathsToDelete = Set.copyOf(pathsToDelete);
    }

    /**
     * What a collection did.
     *
     * @param paths alive, dead or deleted, as asked; full paths, which may be no store paths
     * @param bytesFreed bytes
     */
    public record Outcome(Set<String> paths, long bytesFreed) {
        /** Copies the set. */
        public Outcome {
            paths = Set.copyOf(paths);
        }
    }
}
