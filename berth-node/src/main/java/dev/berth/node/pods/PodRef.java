package dev.berth.node.pods;

/**
 * A pod as kubelet and container runtimes name it. The texts come from them as they are; each may be empty if it was not told.
 *
 * @param namespace its namespace
 * @param name its name
 * @param uid its uid: another pod of the same name has another
 */
public record PodRef(String namespace, String name, String uid) {
    /** No pod, or one that nobody told. */
    public static final PodRef NONE = new PodRef("", "", "");

    /** Whether it can be looked up and have events: its namespace, name and uid are known. */
    public boolean isKnown() {
        return !namespace.isEmpty() && !name.isEmpty() && !uid.isEmpty();
    }

    /** {@code namespace/name}. */
    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
