package dev.berth.deploy.render;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Leaves out what a volume says for systems that a cluster does not have: of each {@code volumeAttributes} the entries whose
 * names are other systems. The same as {@code nix/systems.nix} does before Nix builds anything.
 */
final class Systems {
    private static final Pattern NAME = Pattern.compile("[a-z0-9_]+-(linux|darwin)");

    private Systems() {}

    /** Whether a text is the name of a system as Nix has them, such as {@code x86_64-linux}. */
    static boolean isSystem(String text) {
        return NAME.matcher(text).matches();
    }

    /**
     * Changes an object.
     *
     * @param where the object, such as {@code Pod/hello: }
     * @throws RenderException if a volume has something for other systems alone
     */
    static void keep(JsonNode json, Set<String> systems, String where) {
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            String at = where.endsWith(": ") ? where + field.getKey() : where + "." + field.getKey();
            if (field.getKey().equals("volumeAttributes") && field.getValue() instanceof ObjectNode attributes) {
                keepAttributes(attributes, systems, at);
            }
            keep(field.getValue(), systems, at);
        }
        if (json.isArray()) {
            for (int i = 0; i < json.size(); i++) {
                keep(json.get(i), systems, where + "[" + i + "]");
            }
        }
    }

    private static void keepAttributes(ObjectNode attributes, Set<String> systems, String where) {
        Set<String> named = new TreeSet<>();
        attributes.fieldNames().forEachRemaining(named::add);
        named.removeIf(name -> !isSystem(name));
        Set<String> others = new TreeSet<>(named);
        others.removeAll(systems);
        if (!others.isEmpty() && others.size() == named.size()) {
            throw new RenderException(where + " is for " + String.join(", ", others) + " alone, and not for "
                    + String.join(", ", new TreeSet<>(systems)) + ": add that system, or ask for these with --systems");
        }
        attributes.remove(others);
    }
}
