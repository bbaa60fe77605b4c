package dev.berth.deploy.apply;

import dev.berth.nix.FormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fields that an annotation names by a simple JSONPath: {@code spec.replicas}, {@code $.spec.containers[*].image},
 * {@code metadata.labels["a.b/c"]}, {@code spec..image}. It matches a field and all that is below it.
 */
final class FieldPattern {
    private static final Pattern STEP = Pattern.compile(
            "(?<deep>\\.\\.)|\\.|\\[(?<index>\\d+|\\*)]|\\[\"(?<double>[^\"]*)\"]|\\['(?<single>[^']*)']|(?<name>[^.\\[\\]$@?()'\"]+)");

    /** A part of the pattern. */
    private sealed interface Part {}

    private record Name(String name) implements Part {}

    private record Index(int index) implements Part {}

    private enum Wild implements Part {
        /** Any one step. */
        ANY,
        /** Any number of steps. */
        DEEP
    }

    private final List<Part> parts;

    private FieldPattern(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    /** @throws FormatException if it has what is not known here, such as a filter */
    static FieldPattern parse(String text) {
        String rest = text.strip().startsWith("$") ? text.strip().substring(1) : text.strip();
        List<Part> parts = new ArrayList<>();
        Matcher step = STEP.matcher(rest);
        int end = 0;
        while (end < rest.length()) {
            if (!step.find(end) || step.start() != end) {
                throw new FormatException("'" + text + "' is not a path of fields that is understood here: at '"
                        + rest.substring(end) + "'");
            }
            end = step.end();
            if (step.group("deep") != null) {
                parts.add(Wild.DEEP);
            } else if (step.group("index") != null) {
                String index = step.group("index");
                parts.add(index.equals("*") ? Wild.ANY : new Index(number(index, text)));
            } else if (step.group("double") != null) {
                parts.add(new Name(step.group("double")));
            } else if (step.group("single") != null) {
                parts.add(new Name(step.group("single")));
            } else if (step.group("name") != null) {
                parts.add(step.group("name").equals("*") ? Wild.ANY : new Name(step.group("name")));
            }
        }
        if (parts.isEmpty() || parts.getLast() == Wild.DEEP) {
            throw new FormatException("'" + text + "' names no field");
        }
        return new FieldPattern(parts);
    }

    private static int number(String digits, String text) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            throw new FormatException("'" + text + "': no list is so long", e);
        }
    }

    /** Whether the field is one of these, or below one. */
    boolean matches(FieldPath path) {
        return matches(0, path.steps(), 0);
    }

    private boolean matches(int part, List<FieldPath.Step> steps, int step) {
        if (part == parts.size()) {
            return true;
        }
        if (parts.get(part) == Wild.DEEP) {
            for (int from = step; from < steps.size(); from++) {
                if (matches(part + 1, steps, from)) {
                    return true;
                }
            }
            return false;
        }
        return step < steps.size() && fits(parts.get(part), steps.get(step)) && matches(part + 1, steps, step + 1);
    }

    private static boolean fits(Part part, FieldPath.Step step) {
        return switch (part) {
            case Name(String name) ->
                step instanceof FieldPath.Field field && field.name().equals(name);
            case Index(int index) -> step instanceof FieldPath.Element element && element.index() == index;
            case Wild _ -> true;
        };
    }
}
