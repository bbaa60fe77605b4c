package dev.berth.nix;

import java.util.Collections;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * What an output must keep to once it is built (libstore/derivation-options.hh). Immutable.
 *
 * @param ignoreSelfRefs whether an output's reference to itself is always allowed
 * @param maxSize the greatest size of its NAR in bytes
 * @param maxClosureSize the greatest size of the NARs of its closure in bytes
 * @param allowedReferences all that it may refer to, if that is limited
 * @param disallowedReferences what it may not refer to
 * @param allowedRequisites all that its closure may hold, if that is limited
 * @param disallowedRequisites what its closure may not hold
 */
public record OutputChecks(
        boolean ignoreSelfRefs,
        OptionalLong maxSize,
        OptionalLong maxClosureSize,
        Optional<NavigableSet<Reference>> allowedReferences,
        NavigableSet<Reference> disallowedReferences,
        Optional<NavigableSet<Reference>> allowedRequisites,
        NavigableSet<Reference> disallowedRequisites) {

    /** Copies the sets. */
    public OutputChecks {
        allowedReferences = allowedReferences.map(OutputChecks::copy);
        disallowedReferences = copy(disallowedReferences);
        allowedRequisites = allowedRequisites.map(OutputChecks::copy);
        disallowedRequisites = copy(disallowedRequisites);
    }

    private static NavigableSet<Reference> copy(NavigableSet<Reference> set) {
        return Collections.unmodifiableNavigableSet(new TreeSet<>(set));
    }

    /** What a check names. Own outputs come first in the order. */
    public sealed interface Reference extends Comparable<Reference> {
        /**
         * An output of the same derivation.
         *
         * @param output the name, as it stands in the derivation
         */
        record Own(String output) implements Reference {}

        /**
         * A path, or an output of an input derivation.
         *
         * @param path which
         */
        record Input(SingleDerivedPath path) implements Reference {}

        @Override
        default int compareTo(Reference other) {
            return switch (this) {
                case Own(String output) -> other instanceof Own(String that) ? output.compareTo(that) : -1;
                case Input(SingleDerivedPath path) ->
                    other instanceof Input(SingleDerivedPath that) ? path.compareTo(that) : 1;
            };
        }
    }
}
