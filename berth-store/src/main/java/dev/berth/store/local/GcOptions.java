package dev.berth.store.local;

import dev.berth.nix.StorePath;
import java.util.Collection;
import java.util.Set;

/**
 * What a collection of garbage is to do (libstore/gc-store.hh).
 *
 * @param action what to do with what is found
 * @param paths the paths of {@link Action#DELETE_SPECIFIC} and {@link Action#DELETE_DEAD_OF}; else empty
 * @param maxFreed stop when more bytes than this were freed; {@link Long#MAX_VALUE} for no limit
 * @param keepOutputs whether outputs keep their derivations alive, too ({@code keep-outputs})
 * @param keepDerivations whether derivations of live outputs are alive ({@code keep-derivations}, on by default)
 */
public record GcOptions(
        Action action, Set<StorePath> paths, long maxFreed, boolean keepOutputs, boolean keepDerivations) {
    /** What to do. */
    public enum Action {
        /** Only say what is alive. */
        RETURN_LIVE,
        /** Only say what is dead. */
        RETURN_DEAD,
        /** Delete what is dead. */
        DELETE_DEAD,
        /** Delete these paths if all of them are dead. */
        DELETE_SPECIFIC,
        /** Delete those of these paths that are dead and that only others of these refer to, and leave the rest. */
        DELETE_DEAD_OF,
        /** Delete what lies in the store and belongs to no valid path, as killed processes leave it. */
        DELETE_INVALID
    }

    /** Copies the paths. */
    public GcOptions {
        paths = Set.copyOf(paths);
    }

    /** The same under other settings of Nix. */
    public GcOptions keeping(boolean outputs, boolean derivations) {
        return new GcOptions(action, paths, maxFreed, outputs, derivations);
    }

    /** To say what is alive. */
    public static GcOptions live() {
        return new GcOptions(Action.RETURN_LIVE, Set.of(), Long.MAX_VALUE, false, true);
    }

    /** To say what is dead: a dry run of {@link #deleteDead}. */
    public static GcOptions dead() {
        return new GcOptions(Action.RETURN_DEAD, Set.of(), Long.MAX_VALUE, false, true);
    }

    /** To delete all that is dead. */
    public static GcOptions deleteDead() {
        return new GcOptions(Action.DELETE_DEAD, Set.of(), Long.MAX_VALUE, false, true);
    }

    /** To delete what is dead until more than so many bytes were freed. */
    public static GcOptions deleteDead(long maxFreed) {
        return new GcOptions(Action.DELETE_DEAD, Set.of(), maxFreed, false, true);
    }

    /** To delete these paths; refused if one of them is alive. */
    public static GcOptions delete(Collection<StorePath> paths) {
        return new GcOptions(Action.DELETE_SPECIFIC, Set.copyOf(paths), Long.MAX_VALUE, false, true);
    }

    /** To delete those of these paths that are dead and that only others of these refer to. */
    public static GcOptions deleteDeadOf(Collection<StorePath> paths) {
        return new GcOptions(Action.DELETE_DEAD_OF, Set.copyOf(paths), Long.MAX_VALUE, false, true);
    }

    /** To delete what lies in the store and belongs to no valid path nor to anybody who writes one. */
    public static GcOptions deleteInvalid() {
        return new GcOptions(Action.DELETE_INVALID, Set.of(), Long.MAX_VALUE, false, true);
    }
}
