package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.nix.FormatException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * How one object is to be deployed, by its annotations.
 *
 * @param ignore it is neither applied nor pruned
 * @param delete it is to go
 * @param waitReadiness whatever comes behind its barrier waits until it is ready
 * @param assumeReady nobody waits for it
 * @param conflicts what to do about fields that others manage
 * @param diff what is left out when changes are shown
 * @param hook if it runs at a certain moment of each deployment
 * @param priority its place in the order, if not that of its kind
 * @param unknown annotations of kluctl's or Berth's that mean nothing here
 */
record ObjectRules(
        boolean ignore,
        boolean delete,
        boolean waitReadiness,
        boolean assumeReady,
        Conflicts conflicts,
        DiffRules diff,
        Optional<Hook> hook,
        OptionalInt priority,
        List<String> unknown) {
    /** Reads them. @throws FormatException if one cannot be understood */
    static ObjectRules of(ObjectNode object) {
        Annotations annotations = Annotations.of(object);
        annotations.flag("barrier"); // every priority is a barrier; only a value that makes no sense is refused
        protectedFromDeletion(object);
        Optional<Integer> priority = annotations.number("priority");
        return new ObjectRules(
                annotations.isTrue("ignore"),
                annotations.isTrue("delete"),
                annotations.isTrue("wait-readiness"),
                annotations.isTrue("is-ready") || annotations.isTrue("validate-ignore"),
                new Conflicts(
                        annotations.isTrue("force-apply"),
                        annotations.fields("force-apply-field"),
                        annotations.patterns("force-apply-manager"),
                        annotations.isTrue("ignore-conflicts"),
                        annotations.fields("ignore-conflicts-field"),
                        annotations.patterns("ignore-conflicts-manager")),
                new DiffRules(
                        annotations.isTrue("ignore-diff"),
                        annotations.fields("ignore-diff-field"),
                        annotations.patterns("ignore-diff-field-regex")),
                Hook.of(annotations),
                priority.isPresent() ? OptionalInt.of(priority.get()) : OptionalInt.empty(),
                annotations.unknown());
    }

    /** Whether annotations protect an object from pruning; what can't be understood protects. */
    static boolean protectedFromDeletion(ObjectNode object) {
        JsonNode policy = object.path("metadata").path("annotations").path("helm.sh/resource-policy");
        try {
            return policy.asText().equals("keep") || Annotations.of(object).isTrue("skip-delete");
        } catch (FormatException e) {
            return true;
        }
    }

    /** Whether annotations say that an object is ours whoever manages it. */
    static boolean forceManaged(ObjectNode object) {
        try {
            return Annotations.of(object).isTrue("force-managed");
        } catch (FormatException e) {
            return false;
        }
    }

    /**
     * What to do about fields that other managers have with other values.
     *
     * @param force take them all
     * @param forceFields take these
     * @param forceManagers take what these have
     * @param ignore leave them all
     * @param ignoreFields leave these
     * @param ignoreManagers leave what these have
     */
    record Conflicts(
            boolean force,
            List<FieldPattern> forceFields,
            List<Pattern> forceManagers,
            boolean ignore,
            List<FieldPattern> ignoreFields,
            List<Pattern> ignoreManagers) {
        /** Whether to take a field from its manager. */
        boolean takes(FieldPath field, String manager) {
            return force || any(forceFields, field) || anyOf(forceManagers, manager);
        }

        /** Whether to leave a field to its manager. */
        boolean leaves(FieldPath field, String manager) {
            return ignore || any(ignoreFields, field) || anyOf(ignoreManagers, manager);
        }

        private static boolean anyOf(List<Pattern> patterns, String manager) {
            return patterns.stream()
                    .anyMatch(pattern -> pattern.matcher(manager).matches());
        }
    }

    /**
     * What is not shown.
     *
     * @param all nothing of it is shown
     * @param fields these are not, with what is below them
     * @param regexes nor those whose path has a match of one of these
     */
    record DiffRules(boolean all, List<FieldPattern> fields, List<Pattern> regexes) {
        /** Everything is shown. */
        static final DiffRules NONE = new DiffRules(false, List.of(), List.of());

        boolean hides(FieldPath field) {
            return all
                    || any(fields, field)
                    || regexes.stream()
                            .anyMatch(regex -> regex.matcher(field.indexed()).find());
        }
    }

    private static boolean any(List<FieldPattern> patterns, FieldPath field) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(field));
    }
}
