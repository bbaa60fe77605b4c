package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.nix.FormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The annotations of an object that say how it is to be deployed: {@code berth.dev/NAME}, and {@code kluctl.io/NAME} for
 * those who come from there.
 */
final class Annotations {
    private static final List<String> PREFIXES = List.of("berth.dev/", "kluctl.io/");

    /** Those that have a meaning here. */
    private static final Set<String> KNOWN = Set.of(
            "barrier",
            "delete",
            "force-apply",
            "force-apply-field",
            "force-apply-manager",
            "force-managed",
            "hook",
            "hook-delete-policy",
            "hook-wait",
            "hook-weight",
            "ignore",
            "ignore-conflicts",
            "ignore-conflicts-field",
            "ignore-conflicts-manager",
            "ignore-diff",
            "ignore-diff-field",
            "ignore-diff-field-regex",
            "is-ready",
            "priority",
            "skip-delete",
            "skip-delete-if-tags",
            "validate-ignore",
            "wait-readiness");

    /** Those that may be given more than once, as {@code NAME-SUFFIX}. */
    private static final Set<String> REPEATED = Set.of(
            "force-apply-field",
            "force-apply-manager",
            "ignore-conflicts-field",
            "ignore-conflicts-manager",
            "ignore-diff-field",
            "ignore-diff-field-regex");

    private final JsonNode annotations;

    private Annotations(JsonNode annotations) {
        this.annotations = annotations;
    }

    static Annotations of(ObjectNode object) {
        return new Annotations(object.path("metadata").path("annotations"));
    }

    /** Whether it is there and {@code "true"}. @throws FormatException if it is something else than true or false */
    boolean isTrue(String name) {
        return flag(name).orElse(false);
    }

    /** As above; empty if it isn't there. */
    Optional<Boolean> flag(String name) {
        return text(name).map(value -> switch (value.strip().toLowerCase(java.util.Locale.ROOT)) {
            case "true" -> true;
            case "false", "" -> false;
            default -> throw new FormatException("annotation " + name + " is '" + value + "', not true or false");
        });
    }

    /** The value by its first prefix. */
    Optional<String> text(String name) {
        return PREFIXES.stream()
                .map(prefix -> annotations.path(prefix + name))
                .filter(JsonNode::isTextual)
                .map(JsonNode::textValue)
                .findFirst();
    }

    /** A whole number. */
    Optional<Integer> number(String name) {
        return text(name).map(value -> {
            try {
                return Integer.parseInt(value.strip());
            } catch (NumberFormatException e) {
                throw new FormatException("annotation " + name + " is '" + value + "', not a whole number", e);
            }
        });
    }

    /** All values of one that may be given more than once. */
    List<String> all(String name) {
        List<String> values = new ArrayList<>();
        annotations.properties().forEach(annotation -> {
            if (PREFIXES.stream()
                    .anyMatch(prefix -> annotation.getKey().equals(prefix + name)
                            || (annotation.getKey().startsWith(prefix + name + "-")
                                    && base(annotation.getKey().substring(prefix.length()))
                                            .equals(name)))) {
                values.add(annotation.getValue().asText());
            }
        });
        return values;
    }

    List<FieldPattern> fields(String name) {
        return all(name).stream().map(FieldPattern::parse).toList();
    }

    List<Pattern> patterns(String name) {
        return all(name).stream()
                .map(value -> {
                    try {
                        return Pattern.compile(value);
                    } catch (PatternSyntaxException e) {
                        throw new FormatException(
                                "annotation " + name + ": '" + value + "' is no regular expression: "
                                        + e.getDescription(),
                                e);
                    }
                })
                .toList();
    }

    /** Full names of those with one of the prefixes that mean nothing here, so that they can be named to the user. */
    List<String> unknown() {
        List<String> unknown = new ArrayList<>();
        annotations
                .properties()
                .forEach(annotation -> PREFIXES.stream()
                        .filter(annotation.getKey()::startsWith)
                        .filter(prefix ->
                                !KNOWN.contains(base(annotation.getKey().substring(prefix.length()))))
                        .forEach(_ -> unknown.add(annotation.getKey())));
        return unknown;
    }

    /** {@code ignore-diff-field} of {@code ignore-diff-field-2}. */
    private static String base(String name) {
        return KNOWN.contains(name)
                ? name
                : REPEATED.stream()
                        .filter(repeated -> name.startsWith(repeated + "-"))
                        .max(java.util.Comparator.comparingInt(String::length))
                        .orElse(name);
    }
}
