package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.nix.FormatException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What tells the objects of a deployment from others': the value of a label that every object gets when it is applied. It is
 * never rendered, so that what another tool brings to the cluster from the same manifest is nobody's to prune.
 *
 * @param value a label's value: at most 63 letters, digits, {@code -}, {@code _}, {@code .}
 */
public record Discriminator(String value) {
    /** The label that objects get. */
    public static final String LABEL = "berth.dev/discriminator";

    /**
     * The label and those of earlier tools, whose users' objects are ours to go on with: kluctl's, and ekn's newer and older.
     */
    public static final List<String> LABELS =
            List.of(LABEL, "kluctl.io/discriminator", "ekn.dev/environment", "ekn.dev/discriminator");

    /** The managers by which those tools applied. */
    static final List<String> EARLIER_MANAGERS = List.of("kluctl", "ekn", "easykubenix");

    private static final Pattern VALUE = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");

    /** @throws FormatException if it can't be a label's value */
    public Discriminator {
        if (!VALUE.matcher(value).matches()) {
            throw new FormatException("discriminator '" + value
                    + "': it is to be the value of a label: 1 to 63 letters, digits, '-', '_' and '.', beginning and ending"
                    + " with a letter or digit");
        }
    }

    /** Whether an object has one of the labels with this value. */
    boolean on(JsonNode object) {
        return LABELS.stream().anyMatch(label -> has(object, label));
    }

    /** Whether an object has the label of an earlier tool with this value. */
    boolean onByEarlierTool(JsonNode object) {
        return LABELS.stream().skip(1).anyMatch(label -> has(object, label));
    }

    private boolean has(JsonNode object, String label) {
        return object.path("metadata").path("labels").path(label).asText("").equals(value);
    }

    @Override
    public String toString() {
        return value;
    }
}
