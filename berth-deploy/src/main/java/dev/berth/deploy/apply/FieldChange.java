package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A field that has, or gets, another value.
 *
 * @param path which
 * @param before its value; {@linkplain JsonNode#isMissingNode() missing} if it is new. Treat as immutable
 * @param after its new value; missing if it goes
 * @param secret whether its values must not be shown
 */
public record FieldChange(FieldPath path, JsonNode before, JsonNode after, boolean secret) {}
