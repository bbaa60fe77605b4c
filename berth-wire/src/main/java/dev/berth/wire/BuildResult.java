package dev.berth.wire;

import dev.berth.nix.DerivedPath;
import dev.berth.nix.Realisation;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a build ended (libstore/build-result.hh).
 *
 * @param status how
 * @param errorMsg for the user; empty if it went well
 * @param timesBuilt how often it was built, 0 if not known
 * @param isNonDeterministic whether builds differed
 * @param startTime when the build started, seconds since 1970, 0 if not known
 * @param stopTime when it ended, seconds since 1970, 0 if not known
 * @param cpuUser processor time in user mode, microseconds on the wire
 * @param cpuSystem processor time in system mode
 * @param builtOutputs by output name
 */
public record BuildResult(
        Status status,
        String errorMsg,
        long timesBuilt,
        boolean isNonDeterministic,
        long startTime,
        long stopTime,
        Optional<Duration> cpuUser,
        Optional<Duration> cpuSystem,
        NavigableMap<String, Realisation> builtOutputs) {
    /** How a build ended; on the wire by its ordinal. */
    public enum Status {
        /** It was built. */
        BUILT,
        /** It was fetched. */
        SUBSTITUTED,
        /** It was there. */
        ALREADY_VALID,
        /** It failed and would fail again. */
        PERMANENT_FAILURE,
        /** The derivation is refused. */
        INPUT_REJECTED,
        /** What was built is refused, or has another hash than was said. */
        OUTPUT_REJECTED,
        /** It failed and may not fail again. */
        TRANSIENT_FAILURE,
        /** It failed before. Not used any more. */
        CACHED_FAILURE,
        /** It took too long. */
        TIMED_OUT,
        /** Another failure. */
        MISC_FAILURE,
        /** What it depends on failed. */
        DEPENDENCY_FAILED,
        /** It wrote too much log. */
        LOG_LIMIT_EXCEEDED,
        /** A second build differed. */
        NOT_DETERMINISTIC,
        /** The derivation resolves to one whose outputs are valid. */
        RESOLVES_TO_ALREADY_VALID,
        /** Nothing can make it. */
        NO_SUBSTITUTERS;

        /** Whether the outputs are valid now. */
        public boolean success() {
            return this == BUILT || this == SUBSTITUTED || this == ALREADY_VALID || this == RESOLVES_TO_ALREADY_VALID;
        }
    }

    /** Copies the map. */
    public BuildResult {
        builtOutputs = Collections.unmodifiableNavigableMap(new TreeMap<>(builtOutputs));
    }

    /** One without times and outputs. */
    public static BuildResult of(Status status, String errorMsg) {
        return new BuildResult(
                status, errorMsg, 0, false, 0, 0, Optional.empty(), Optional.empty(), new TreeMap<>(Map.of()));
    }

    /**
     * A result with what was asked.
     *
     * @param path what was asked
     * @param result how it ended
     */
    public record Keyed(DerivedPath path, BuildResult result) {}
}
