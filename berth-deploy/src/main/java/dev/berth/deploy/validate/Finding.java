package dev.berth.deploy.validate;

import dev.berth.kubernetes.ObjectKey;

/**
 * Something that is wrong with an object.
 *
 * @param object which one
 * @param field the path of the field, such as {@code spec.ports[0].port}; empty if it is about the whole object
 * @param problem what is wrong, one line
 */
public record Finding(ObjectKey object, String field, String problem) {
    /** As it is shown: {@code Deployment shop/web: spec.replica: no such field}. */
    @Override
    public String toString() {
        return object + ": " + (field.isEmpty() ? "" : field + ": ") + problem;
    }
}
