package dev.berth.deploy.apply;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where a value is in an object.
 *
 * @param steps from the root
 */
public record FieldPath(List<Step> steps) {
    /** The object itself. */
    static final FieldPath ROOT = new FieldPath(List.of());

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]*");

    /** One step down. */
    public sealed interface Step {}

    /** To a field of an object. */
    public record Field(String name) implements Step {}

    /**
     * To an element of a list.
     *
     * @param index its place, from 0
     * @param label what to call it: its name where it has one, else its place
     */
    public record Element(int index, String label) implements Step {}

    /** Copies. */
    public FieldPath {
        steps = List.copyOf(steps);
    }

    FieldPath field(String name) {
        return with(new Field(name));
    }

    FieldPath element(int index, String label) {
        return with(new Element(index, label));
    }

    private FieldPath with(Step step) {
        List<Step> longer = new ArrayList<>(steps);
        longer.add(step);
        return new FieldPath(longer);
    }

    /** With places in lists, as JSONPath writes it: {@code spec.containers[0].image}. */
    String indexed() {
        return print(false);
    }

    /** As people read it: {@code spec.containers[web].image}, {@code metadata.labels["app.kubernetes.io/name"]}. */
    @Override
    public String toString() {
        return print(true);
    }

    private String print(boolean labels) {
        StringBuilder out = new StringBuilder();
        for (Step step : steps) {
            switch (step) {
                case Field(String name)
                when PLAIN.matcher(name).matches() ->
                    out.append(out.isEmpty() ? "" : ".").append(name);
                case Field(String name) -> out.append("[\"").append(name).append("\"]");
                case Element(int index, String label) ->
                    out.append('[')
                            .append(labels ? label : String.valueOf(index))
                            .append(']');
            }
        }
        return out.toString();
    }
}
