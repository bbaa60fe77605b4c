package dev.berth.nix;

import java.util.Arrays;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/** Which outputs of a derivation are meant (libstore/outputs-spec.cc): {@code *} or {@code bin,dev}. */
public sealed interface OutputsSpec {
    /** All outputs, whatever they are called. */
    record All() implements OutputsSpec {
        @Override
        public String toString() {
            return print();
        }
    }

    /**
     * Outputs by name.
     *
     * @param names at least one, sorted
     */
    record Names(NavigableSet<String> names) implements OutputsSpec {
        /** Copies the names. @throws FormatException if there is none, or one cannot be an output's */
        public Names {
            names = Collections.unmodifiableNavigableSet(new TreeSet<>(names));
            if (names.isEmpty()) {
                throw new FormatException("no output is named");
            }
            names.forEach(OutputsSpec::checkOutputName);
        }

        @Override
        public String toString() {
            return print();
        }
    }

    /** Outputs by name. */
    static OutputsSpec of(Set<String> names) {
        return new Names(new TreeSet<>(names));
    }

    /**
     * Reads {@code *}, or names with commas between.
     *
     * @throws FormatException otherwise
     */
    static OutputsSpec parse(String text) {
        return text.equals("*") ? new All() : of(new TreeSet<>(Arrays.asList(text.split(",", -1))));
    }

    /** Checks that an output can have the name, as part of a store path's name. @throws FormatException otherwise */
    static void checkOutputName(String name) {
        try {
            StorePath.checkName(name);
        } catch (FormatException e) {
            throw new FormatException("output name " + FormatException.quote(name) + " is not allowed", e);
        }
    }

    /** Whether the output is meant. */
    default boolean contains(String outputName) {
        return switch (this) {
            case All _ -> true;
            case Names(NavigableSet<String> names) -> names.contains(outputName);
        };
    }

    /** What either means. */
    default OutputsSpec union(OutputsSpec other) {
        if (this instanceof Names(NavigableSet<String> these) && other instanceof Names(NavigableSet<String> those)) {
            TreeSet<String> all = new TreeSet<>(these);
            all.addAll(those);
            return new Names(all);
        }
        return new All();
    }

    /** The text. */
    default String print() {
        return switch (this) {
            case All _ -> "*";
            case Names(NavigableSet<String> names) -> String.join(",", names);
        };
    }
}
