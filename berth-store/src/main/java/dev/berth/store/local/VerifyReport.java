package dev.berth.store.local;

import dev.berth.nix.StorePath;
import java.util.List;

/**
 * What a verification found.
 *
 * @param checked the number of valid paths that were looked at
 * @param problems what is wrong, in order of the paths
 * @param leftovers names in the store directory that belong to no valid path: rests of broken additions or builds, which
 *     the next collection of garbage removes; no error
 * @param badLinks names in {@code .links} whose files have another hash, if contents were checked
 */
public record VerifyReport(long checked, List<Problem> problems, List<String> leftovers, List<String> badLinks) {
    /**
     * A valid path that is not as registered.
     *
     * @param path the path
     * @param kind what is wrong
     * @param message one line for the user
     */
    public record Problem(StorePath path, Kind kind, String message) {}

    /** What may be wrong with a valid path. */
    public enum Kind {
        /** Its files are gone. */
        MISSING,
        /** Its files have another hash or size than registered, or cannot be read. */
        CHANGED,
        /** One of its references is not valid. */
        DANGLING
    }

    /** Copies the lists. */
    public VerifyReport {
        problems = List.copyOf(problems);
        leftovers = List.copyOf(leftovers);
        badLinks = List.copyOf(badLinks);
    }

    /** Whether every valid path is as registered, and every link as named. */
    public boolean good() {
        return problems.isEmpty() && badLinks.isEmpty();
    }
}
