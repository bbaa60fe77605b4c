package dev.berth.kubernetes;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Which object is meant.
 *
 * @param apiVersion such as {@code apps/v1}
 * @param kind such as {@code Deployment}
 * @param namespace empty if it is in none
 * @param name its name
 */
public record ObjectKey(String apiVersion, String kind, String namespace, String name) {
    /** The key of an object; fields that it lacks are empty. */
    public static ObjectKey of(ObjectNode object) {
        return new ObjectKey(
                object.path("apiVersion").asText(),
                object.path("kind").asText(),
                object.path("metadata").path("namespace").asText(),
                object.path("metadata").path("name").asText());
    }

    /** What to call it in messages: {@code Deployment shop/web}, or {@code Namespace shop}. */
    @Override
    public String toString() {
        return kind + " " + (namespace.isEmpty() ? "" : namespace + "/") + name;
    }
}
