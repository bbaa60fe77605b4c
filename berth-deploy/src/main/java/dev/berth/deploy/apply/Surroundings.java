package dev.berth.deploy.apply;

import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.ObjectKey;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/**
 * What a deployment makes before it comes to an object, and what a dry run therefore can't know yet.
 *
 * @param made what is not there now and will be
 * @param definitions the kinds whose CRDs the deployment has
 * @param missing namespaces that are not there now
 */
record Surroundings(Collection<ObjectKey> made, Set<String> definitions, Set<String> missing) {
    /** How a reason ends that is no surprise. */
    static final String COMES = " comes with this deployment";

    /** What becomes of an object whose namespace isn't there. */
    Optional<Change> namespaceProblem(Target target) {
        String namespace = target.key().namespace();
        if (!missing.contains(namespace)) {
            return Optional.empty();
        }
        return Optional.of(
                made.stream()
                                .anyMatch(key -> key.kind().equals("Namespace")
                                        && key.name().equals(namespace))
                        ? new Change.Create(target, target.object(), Optional.of("its namespace" + COMES))
                        : new Change.Refused(
                                target.key(),
                                "there is no namespace " + namespace + ", nor does the manifest have it"));
    }

    /** Why an error of a dry run may be none when the object's turn comes; empty if it stays one. */
    Optional<String> excuse(Target target, ClusterException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("does not support dry run")) {
            return Optional.of("a webhook takes no dry runs");
        }
        if (message.contains("failed calling webhook")) {
            return Optional.of("a webhook does not answer: " + message);
        }
        boolean rights = message.contains("User \"") && message.contains(" cannot ");
        if (e.kind() == ClusterException.Kind.INVALID
                && definitions.contains(
                        target.resource().group() + "/" + target.key().kind())) {
            return Optional.of("the CRD of its kind is changed by this deployment");
        }
        return switch (e.kind()) {
            case FORBIDDEN, INVALID, NOT_FOUND ->
                rights
                        ? Optional.empty()
                        : made.stream()
                                .filter(key -> !key.equals(target.key()) && names(message, key))
                                .findFirst()
                                .map(key -> key + COMES);
            default -> Optional.empty();
        };
    }

    private static boolean names(String message, ObjectKey key) {
        return message.contains("\"" + key.name() + "\"")
                || message.contains(key.namespace() + "/" + key.name() + ":")
                || message.contains("name " + key.name() + " ");
    }
}
