package dev.berth.run;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a pod knows of itself, for {@code fieldRef}.
 *
 * @param uid made up for this run
 */
record PodIdentity(
        String name,
        String namespace,
        String uid,
        String serviceAccount,
        Map<String, String> labels,
        Map<String, String> annotations) {
    private static final Pattern ENTRY = Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)'\\]");
    private static final String ADDRESS = "127.0.0.1";

    PodIdentity {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }

    /** @throws RunException if no pod has such a field */
    String field(String path, String where) {
        Matcher entry = ENTRY.matcher(path);
        if (entry.matches()) {
            Map<String, String> map = entry.group(1).equals("labels") ? labels : annotations;
            return Optional.ofNullable(map.get(entry.group(2))).orElse("");
        }
        return switch (path) {
            case "metadata.name" -> name;
            case "metadata.namespace" -> namespace;
            case "metadata.uid" -> uid;
            case "spec.serviceAccountName" -> serviceAccount;
            case "spec.nodeName" -> "localhost";
            // The pod shares the network of this machine.
            case "status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs" -> ADDRESS;
            default -> throw RunException.failed(where + ": no pod has a field '" + path + "'");
        };
    }
}
