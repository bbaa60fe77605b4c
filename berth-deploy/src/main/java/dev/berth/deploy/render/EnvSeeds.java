package dev.berth.deploy.render;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Values of Secrets that only the environment of the deploying program has: {@code $ekn:env:NAME}, which the modules' {@code
 * ekn.envSeed} writes. What Nix evaluates lands in a store that everybody can read, so they are put in when all is rendered.
 */
public final class EnvSeeds {
    private static final String PREFIX = "$ekn:env:";

    private EnvSeeds() {}

    /**
     * What is applied: the same with the values in the place of their names. Nothing else is copied.
     *
     * @param environment of the program
     * @throws RenderException naming object and field: of a variable that is not set, or a name that is not a value of a
     *     Secret's {@code stringData}
     */
    public static Rendered resolve(Rendered rendered, Map<String, String> environment) {
        List<KubeObject> objects = new ArrayList<>();
        for (KubeObject object : rendered.objects()) {
            KubeObject resolved = object.kind().equals("Secret") ? resolve(object, environment) : object;
            refuseOthers(resolved.json(), object.json(), object.place() + ": ");
            objects.add(resolved);
        }
        return new Rendered(objects, rendered.named(), rendered.settings());
    }

    private static KubeObject resolve(KubeObject object, Map<String, String> environment) {
        ObjectNode copy = object.json().deepCopy();
        for (Map.Entry<String, JsonNode> field :
                object.json().path("stringData").properties()) {
            String text = field.getValue().asText();
            if (text.startsWith(PREFIX)) {
                String name = text.substring(PREFIX.length());
                String value = environment.get(name);
                if (value == null) {
                    throw new RenderException(object.place() + ": stringData." + field.getKey()
                            + " is the environment variable " + name + ", which is not set");
                }
                ((ObjectNode) copy.path("stringData")).put(field.getKey(), value);
            }
        }
        return new KubeObject(object.kind(), object.name(), object.namespace(), copy);
    }

    /** A value may look like a name itself: only where nothing was put in it is one. */
    private static void refuseOthers(JsonNode json, JsonNode before, String where) {
        if (json.isTextual() && json.textValue().startsWith(PREFIX) && json.equals(before)) {
            throw new RenderException(where + " names an environment variable (" + json.textValue()
                    + "), which only values of a Secret's stringData may");
        }
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            String at = where.endsWith(": ") ? where + field.getKey() : where + "." + field.getKey();
            refuseOthers(field.getValue(), before.path(field.getKey()), at);
        }
        if (json.isArray()) {
            for (int i = 0; i < json.size(); i++) {
                refuseOthers(json.get(i), before.path(i), where + "[" + i + "]");
            }
        }
    }
}
