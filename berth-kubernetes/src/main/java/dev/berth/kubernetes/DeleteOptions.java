package dev.berth.kubernetes;

import java.util.Optional;

/**
 * How to delete an object.
 *
 * @param uid delete only the object with this {@code metadata.uid}, and not another one that has its name by now
 * @param propagation what becomes of what it owns
 * @param dryRun whether the server is only to check the request
 */
public record DeleteOptions(Optional<String> uid, Propagation propagation, boolean dryRun) {
    /** What becomes of the objects that the deleted one owns. */
    public enum Propagation {
        /** They are deleted after it. */
        BACKGROUND("Background"),
        /** They are deleted first; it stays visible until they are gone. */
        FOREGROUND("Foreground"),
        /** They stay. */
        ORPHAN("Orphan");

        private final String word;

        Propagation(String word) {
            this.word = word;
        }

        /** As the API spells it. */
        String word() {
            return word;
        }
    }
}
