package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.render.KubeObject;
import dev.berth.deploy.render.ManifestWriter;
import dev.berth.kubernetes.ObjectKey;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Shows a plan to people. */
public final class PlanText {
    private static final int LONGEST = 160;

    /** The colours that mean something, as a terminal knows them. */
    private enum Colour {
        GREEN("\u001b[32m"),
        YELLOW("\u001b[33m"),
        RED("\u001b[31m"),
        GREY("\u001b[2m");

        private final String code;

        Colour(String code) {
            this.code = code;
        }
    }

    private final Consumer<String> out;
    private final boolean colours;
    private final boolean full;

    /**
     * @param out takes lines
     * @param colours whether it is a terminal
     * @param full whether to show new objects whole
     */
    public PlanText(Consumer<String> out, boolean colours, boolean full) {
        this.out = out;
        this.colours = colours;
        this.full = full;
    }

    /** Shows what will change, what will not though one might think so, and a line that counts. */
    public void print(Plan plan) {
        plan.changes().forEach(this::change);
        for (Removal removal : plan.removals()) {
            line(Colour.RED, "- " + removal.key() + holds(removal));
        }
        plan.kept().forEach(kept -> line(Colour.GREY, "  " + kept.key() + " stays: " + kept.why()));
        plan.notLooked().forEach(kinds -> line(Colour.YELLOW, "  not looked for what to delete: " + kinds));
        plan.notes().forEach(note -> line(Colour.YELLOW, "  " + note));
        out.accept(summary(plan));
    }

    private void change(Change change) {
        switch (change) {
            case Change.Unchanged _ -> {} // counted at the end
            case Change.Ignored(ObjectKey key) -> line(Colour.GREY, "  " + key + " is left alone");
            case Change.Create(Target target, ObjectNode after, var unasked) -> {
                line(
                        Colour.GREEN,
                        "+ " + target.key()
                                + unasked.map(why -> " (" + why + ")").orElse(""));
                if (full) {
                    whole(target.key(), after);
                }
            }
            case Change.Update update -> {
                List<FieldChange> fields = update.fields();
                boolean hidden = fields.isEmpty()
                        && !Differences.between(update.before(), update.after(), ObjectRules.DiffRules.NONE)
                                .isEmpty();
                line(
                        Colour.YELLOW,
                        "~ " + update.key()
                                + update.takenFrom()
                                        .map(from -> " (taken over from " + from + ")")
                                        .orElse("")
                                + update.unasked().map(why -> " (" + why + ")").orElse("")
                                + (hidden
                                        ? " (its changes are not shown)"
                                        : fields.isEmpty() ? " (who manages its fields)" : ""));
                fields.forEach(this::field);
            }
            case Change.Recreate recreate -> {
                line(Colour.RED, "! " + recreate.key() + " is deleted and made anew: " + recreate.why());
                recreate.fields().forEach(this::field);
            }
            case Change.RunHook(Target target, String when) ->
                line(Colour.GREEN, "> " + target.key() + " runs, " + when + " the others of its place in the order");
            case Change.Refused(ObjectKey key, String why) ->
                line(Colour.RED, "x " + (why.startsWith(key.toString()) ? why : key + ": " + why));
        }
    }

    private static String holds(Removal removal) {
        return switch (removal.key().kind()) {
            case "Namespace" -> " with everything in it";
            case "CustomResourceDefinition" -> " with all objects of its kind";
            default -> "";
        };
    }

    private void whole(ObjectKey key, ObjectNode object) {
        ObjectNode shown = Masking.shown(object);
        shown.remove("status");
        ((ObjectNode) shown.get("metadata"))
                .remove(List.of(
                        "creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"));
        ManifestWriter.yaml(List.of(new KubeObject(key.kind(), key.name(), key.namespace(), shown)))
                .lines()
                .skip(1)
                .forEach(line -> line(Colour.GREEN, "    + " + line));
    }

    private void field(FieldChange hidden) {
        FieldChange change = Masking.shown(hidden);
        if (change.before().isMissingNode()) {
            line(Colour.GREEN, "    + " + change.path() + ": " + value(change.after()));
        } else if (change.after().isMissingNode()) {
            line(Colour.RED, "    - " + change.path() + ": " + value(change.before()));
        } else if (isLong(change.before()) && isLong(change.after())) {
            line(Colour.YELLOW, "    ~ " + change.path() + ":");
            for (String line :
                    LineDiff.of(change.before().textValue(), change.after().textValue())) {
                line(
                        line.startsWith("+") ? Colour.GREEN : line.startsWith("-") ? Colour.RED : Colour.GREY,
                        "        " + line);
            }
        } else {
            line(
                    Colour.YELLOW,
                    "    ~ " + change.path() + ": " + value(change.before()) + " → " + value(change.after()));
        }
    }

    private static boolean isLong(JsonNode value) {
        return value.isTextual() && value.textValue().indexOf('\n') >= 0;
    }

    private static String value(JsonNode value) {
        String text = value.toString();
        return value.isTextual() && text.length() > LONGEST
                ? text.substring(0, LONGEST) + "… (" + value.textValue().length() + " characters)"
                : text;
    }

    /** Counts: {@code 2 to create, 1 to change, 57 unchanged}. */
    public static String summary(Plan plan) {
        Map<String, Integer> counts = new TreeMap<>();
        for (Change change : plan.changes()) {
            counts.merge(
                    switch (change) {
                        case Change.Create _ -> "1 to create";
                        case Change.Update _ -> "2 to change";
                        case Change.Recreate _ -> "3 to delete and make anew";
                        case Change.RunHook _ -> "4 hooks to run";
                        case Change.Unchanged _ -> "6 unchanged";
                        case Change.Ignored _ -> "7 left alone";
                        case Change.Refused _ -> "8 refused";
                    },
                    1,
                    Integer::sum);
        }
        if (!plan.removals().isEmpty()) {
            counts.put("5 to delete", plan.removals().size());
        }
        List<String> parts = counts.entrySet().stream()
                .map(count -> count.getValue() + count.getKey().substring(1))
                .toList();
        return parts.isEmpty() ? "nothing there, and nothing to do" : String.join(", ", parts);
    }

    /** What comes from a cluster must not be able to drive the terminal. */
    private void line(Colour colour, String text) {
        String plain = text.codePoints()
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        out.accept(colours ? colour.code + plain + "\u001b[0m" : plain);
    }
}
