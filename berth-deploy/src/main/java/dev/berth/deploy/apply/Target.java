package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.ObjectKey;

/** An object of the manifest, ready to be applied. */
public final class Target {
    private final ObjectNode object;
    private final ApiResource resource;
    private final boolean coming;
    private final int priority;
    private final ObjectRules rules;
    private final boolean force;

    /**
     * @param object as it is sent, with the discriminator's label
     * @param resource what its kind is served as
     * @param coming whether that is so only when a CRD of the same deployment is there
     * @param priority its place in the order
     * @param force whether it takes fields from other managers
     */
    Target(ObjectNode object, ApiResource resource, boolean coming, int priority, ObjectRules rules, boolean force) {
        this.object = object;
        this.resource = resource;
        this.coming = coming;
        this.priority = priority;
        this.rules = rules;
        this.force = force;
    }

    /** The same with what was found out about fields of other managers. */
    Target with(ObjectNode without, boolean forced) {
        return new Target(without, resource, coming, priority, rules, forced);
    }

    /** Which object. */
    public ObjectKey key() {
        return ObjectKey.of(object);
    }

    /** As it is sent; treat as immutable. */
    public ObjectNode object() {
        return object;
    }

    /** What its kind is served as. */
    public ApiResource resource() {
        return resource;
    }

    /** Its barrier: what has a smaller number is there before it. */
    public int priority() {
        return priority;
    }

    boolean coming() {
        return coming;
    }

    ObjectRules rules() {
        return rules;
    }

    boolean force() {
        return force;
    }
}
