package dev.berth.deploy.render;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A Kubernetes object as a file gives it.
 *
 * @param kind its kind, such as {@code Pod}
 * @param name {@code metadata.name}; where only {@code generateName} is given, that without its last hyphen
 * @param namespace {@code metadata.namespace}, {@code default} if not given
 * @param json all of it; treat as immutable
 */
public record KubeObject(String kind, String name, String namespace, ObjectNode json) {
    /**
     * Checks what every object must have.
     *
     * @param where what to call it in errors until its kind and name are known, such as {@code pod.yaml: document 2}
     * @throws RenderException if it is no object, or has no kind or name
     */
    static KubeObject of(JsonNode json, String where) {
        if (!(json instanceof ObjectNode object)) {
            throw new RenderException(where + " is " + Json.typeOf(json) + ", not a Kubernetes object");
        }
        String kind = text(object.path("kind"), where, "kind");
        String named = where + " (" + kind + ")";
        JsonNode metadata = object.path("metadata");
        if (!metadata.isObject()) {
            throw new RenderException(named + " has no metadata.name");
        }
        String name = metadata.has("name")
                ? text(metadata.path("name"), named, "metadata.name")
                : text(metadata.path("generateName"), named, "metadata.name").replaceFirst("-$", "");
        String namespace = metadata.path("namespace").isMissingNode()
                ? "default"
                : text(metadata.path("namespace"), named, "metadata.namespace");
        if (!name.matches("[A-Za-z0-9]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?")) {
            throw new RenderException(named + ": metadata.name is not a name that Kubernetes takes");
        }
        if (!namespace.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw new RenderException(named + ": metadata.namespace is not a name that Kubernetes takes");
        }
        return new KubeObject(kind, name, namespace, object);
    }

    private static String text(JsonNode node, String where, String field) {
        if (node.isMissingNode() || node.isNull()) {
            throw new RenderException(where + " has no " + field);
        }
        if (!node.isTextual() || node.textValue().isEmpty()) {
            throw new RenderException(where + ": " + field + " is " + Json.typeOf(node) + ", not a text");
        }
        return node.textValue();
    }

    /** What to call it where others may have its name: {@code Pod shop/hello}; its label if it says no namespace. */
    String place() {
        return json.path("metadata").has("namespace") ? kind + " " + namespace + "/" + name : label();
    }

    /** What to call it in messages: {@code Pod/hello}. */
    public String label() {
        return kind + "/" + name;
    }
}
