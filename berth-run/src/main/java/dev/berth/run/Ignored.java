package dev.berth.run;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** What a file asks for and a run does without, each thing once. */
final class Ignored {
    private final Set<String> things = new LinkedHashSet<>();

    void add(String thing) {
        things.add(thing);
    }

    void addAll(String prefix, Collection<String> fields) {
        fields.forEach(field -> things.add(prefix + field));
    }

    /** The words for the user, if there is anything. */
    Optional<String> message() {
        return things.isEmpty() ? Optional.empty() : Optional.of("ignored: " + String.join(", ", things));
    }
}
