package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Discovery;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which kinds there are: those that the cluster serves, and those that CRDs of the deployment bring. */
final class Kinds {
    private final Discovery discovery;
    private final Map<String, ApiResource> coming = new HashMap<>();

    Kinds(Discovery discovery, Collection<ObjectNode> objects) {
        this.discovery = discovery;
        for (ObjectNode object : objects) {
            if (isDefinition(object)) {
                brings(object);
            }
        }
    }

    static boolean isDefinition(ObjectNode object) {
        return object.path("kind").asText().equals("CustomResourceDefinition")
                && object.path("apiVersion").asText().startsWith("apiextensions.k8s.io/");
    }

    private void brings(ObjectNode definition) {
        JsonNode spec = definition.path("spec");
        String group = spec.path("group").asText();
        String kind = spec.path("names").path("kind").asText();
        for (JsonNode version : spec.path("versions")) {
            if (version.path("served").asBoolean(true)) {
                bring(spec, group, version.path("name").asText(), kind);
            }
        }
        if (spec.path("versions").isEmpty()) {
            bring(spec, group, spec.path("version").asText(), kind); // as in v1beta1
        }
    }

    private void bring(JsonNode spec, String group, String version, String kind) {
        ApiResource resource = new ApiResource(
                group,
                version,
                kind,
                spec.path("names").path("plural").asText(),
                !spec.path("scope").asText().equals("Cluster"),
                Set.of());
        coming.put(resource.apiVersion() + " " + kind, resource);
    }

    /** As the cluster serves it now. */
    Optional<ApiResource> served(String apiVersion, String kind) {
        return discovery.find(apiVersion, kind);
    }

    /** As a CRD of the deployment will have it served. */
    Optional<ApiResource> coming(String apiVersion, String kind) {
        return Optional.ofNullable(coming.get(apiVersion + " " + kind));
    }

    /** Why a kind is unknown, and a way out. */
    String unknown(String apiVersion, String kind) {
        List<String> versions = discovery.versionsOf(kind);
        String group = apiVersion.contains("/") ? apiVersion.substring(0, apiVersion.indexOf('/')) : "";
        String away = discovery.unavailableGroups().stream()
                .filter(unavailable -> unavailable.equals(group) || unavailable.startsWith(group + "/"))
                .findFirst()
                .map(unavailable -> "; the server of API group " + unavailable + " does not answer")
                .orElse("");
        return "the cluster has no kind " + kind + " of apiVersion " + apiVersion
                + (versions.isEmpty()
                        ? (away.isEmpty() ? ", nor does a CRD of the manifest bring it" : away)
                        : "; it has it of " + String.join(", ", versions) + away);
    }
}
