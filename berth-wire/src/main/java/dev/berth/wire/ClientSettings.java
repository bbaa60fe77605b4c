package dev.berth.wire;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a client wishes for its session: operation SetOptions of the worker protocol. Which of it an untrusted client gets
 * is decided by who serves it.
 *
 * @param keepFailed {@code keep-failed}
 * @param keepGoing {@code keep-going}
 * @param tryFallback {@code fallback}
 * @param verbosity Nix's level, 0 to 7
 * @param maxBuildJobs {@code max-jobs}
 * @param maxSilentTime {@code max-silent-time} in seconds
 * @param verboseBuild whether build logs are to be shown
 * @param buildCores {@code cores}; 0 for all
 * @param useSubstitutes {@code substitute}
 * @param overrides every other setting of the client's configuration that is not at its default
 */
public record ClientSettings(
        boolean keepFailed,
        boolean keepGoing,
        boolean tryFallback,
        long verbosity,
        long maxBuildJobs,
        long maxSilentTime,
        boolean verboseBuild,
        long buildCores,
        boolean useSubstitutes,
        NavigableMap<String, String> overrides) {
    /** What Nix's own client sends when nothing is configured. */
    public static final ClientSettings DEFAULT = of(Map.of());

    /** Copies the map. */
    public ClientSettings {
        overrides = Collections.unmodifiableNavigableMap(new TreeMap<>(overrides));
    }

    /** The defaults with these overrides. */
    public static ClientSettings of(Map<String, String> overrides) {
        return new ClientSettings(false, false, false, 3, 1, 0, false, 0, true, new TreeMap<>(overrides));
    }
}
