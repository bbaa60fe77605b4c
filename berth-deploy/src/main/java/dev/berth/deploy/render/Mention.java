package dev.berth.deploy.render;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.nix.FormatException;
import dev.berth.nix.PathMentions;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A store path that stands in a text of an object, alone or in the midst of other words.
 *
 * @param path as long as its name may be read: behind {@code /nix/store/…-hello.} a full stop belongs to it
 * @param where the object and the field, such as {@code Pod/hello: spec.containers[0].command[0]}
 */
public record Mention(StorePath path, String where) {
    /** All mentions in the texts and keys below a value, in their order. */
    public static List<Mention> in(JsonNode json, StoreDir storeDir, String where) {
        List<Mention> found = new ArrayList<>();
        walk(json, new PathMentions(storeDir), where, found);
        return found;
    }

    private static void walk(JsonNode json, PathMentions mentions, String where, List<Mention> found) {
        switch (json.getNodeType()) {
            case STRING -> scan(json.textValue(), mentions, where, found);
            case ARRAY -> {
                for (int i = 0; i < json.size(); i++) {
                    walk(json.get(i), mentions, where + "[" + i + "]", found);
                }
            }
            case OBJECT -> {
                for (Map.Entry<String, JsonNode> field : json.properties()) {
                    String at = where.endsWith(": ") ? where + field.getKey() : where + "." + field.getKey();
                    scan(field.getKey(), mentions, at, found);
                    walk(field.getValue(), mentions, at, found);
                }
            }
            default -> {} // numbers and the like name nothing
        }
    }

    private static void scan(String text, PathMentions mentions, String where, List<Mention> found) {
        for (String name : mentions.baseNames(text)) {
            try {
                found.add(new Mention(new StorePath(name), where));
            } catch (FormatException e) {
                throw new RenderException(where + ": " + e.getMessage(), e);
            }
        }
    }
}
