package dev.berth.deploy.validate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.ApplyOptions;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.ObjectKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Says what an API server would say of objects, and what it would not: fields that it does not know. The objects are applied to a
 * server that is started for it and thrown away: first namespaces and definitions of custom resources, last what would change how
 * others are served. Namespaces that are named but not among the objects are taken to exist.
 */
public final class Validator {
    private static final ApplyOptions APPLY = new ApplyOptions("berth", true, false);
    /** How often is asked whether a definition is served, 100 ms apart. */
    private static final int ATTEMPTS = 300;

    private final Cluster cluster;
    private final List<Finding> findings = new ArrayList<>();
    private final Map<String, JsonNode> schemas = new HashMap<>();
    private final Set<String> namespaces = new HashSet<>();
    private JsonNode definitions = MissingNode.getInstance();

    private Validator(Cluster cluster) {
        this.cluster = cluster;
    }

    /**
     * Validates objects.
     *
     * @param dualStack whether the cluster that they are for gives Services addresses of both families
     * @return what is wrong, in the order of the objects' application
     * @throws IOException if the server can't be started, or fails
     */
    public static List<Finding> validate(ServerPrograms programs, List<ObjectNode> objects, boolean dualStack)
            throws IOException {
        try (ThrowawayServer server = ThrowawayServer.start(programs, dualStack);
                Cluster cluster = server.connect()) {
            Validator validator = new Validator(cluster);
            validator.run(objects);
            return List.copyOf(validator.findings);
        }
    }

    private void run(List<ObjectNode> objects) throws ClusterException {
        JsonNode openapi = cluster.raw("/openapi/v2");
        definitions = openapi.path("definitions");
        for (JsonNode definition : definitions) {
            for (JsonNode kind : definition.path("x-kubernetes-group-version-kind")) {
                String group = kind.path("group").asText();
                String version = kind.path("version").asText();
                schemas.put(
                        (group.isEmpty() ? version : group + "/" + version) + " "
                                + kind.path("kind").asText(),
                        definition);
            }
        }
        List<ObjectNode> ordered = new ArrayList<>(objects);
        ordered.sort(Comparator.comparingInt(Validator::rank));
        boolean defined = false;
        for (ObjectNode object : ordered) {
            if (rank(object) > 1 && !defined) {
                defined = true;
                cluster.rediscover();
            }
            validate(object);
        }
    }

    private static int rank(ObjectNode object) {
        return switch (object.path("kind").asText()) {
            case "Namespace" -> 0;
            case "CustomResourceDefinition" -> 1;
            case "APIService" -> 3;
            default -> 2;
        };
    }

    private void validate(ObjectNode given) throws ClusterException {
        ObjectNode object = named(given);
        ObjectKey key = ObjectKey.of(object);
        Optional<ApiResource> resource = cluster.discovery().find(key.apiVersion(), key.kind());
        if (resource.isEmpty()) {
            List<String> versions = cluster.discovery().versionsOf(key.kind());
            findings.add(new Finding(
                    key,
                    "",
                    "the API server has no such kind in " + key.apiVersion()
                            + (versions.isEmpty()
                                    ? ": is its CustomResourceDefinition among the objects?"
                                    : ": it has it in " + String.join(", ", versions))));
            return;
        }
        List<Finding> ofSchema = new ArrayList<>();
        JsonNode schema = schemas.getOrDefault(key.apiVersion() + " " + key.kind(), MissingNode.getInstance());
        new Schema(definitions, (field, problem) -> ofSchema.add(new Finding(key, field, problem)))
                .checkObject(object, schema);
        findings.addAll(ofSchema);
        apply(resource.get(), object, key, !ofSchema.isEmpty());
    }

    /** With a name also where only the beginning of one is given: server-side apply makes none up. */
    private static ObjectNode named(ObjectNode given) {
        JsonNode metadata = given.path("metadata");
        if (metadata.has("name") || !metadata.has("generateName")) {
            return given;
        }
        ObjectNode named = given.deepCopy();
        named.withObject("/metadata").put("name", metadata.path("generateName").asText() + "x");
        return named;
    }

    private void apply(ApiResource resource, ObjectNode object, ObjectKey key, boolean misshapen)
            throws ClusterException {
        try {
            if (resource.namespaced() && !key.namespace().isEmpty()) {
                namespace(key.namespace());
            }
            ObjectNode applied = cluster.apply(resource, object, APPLY);
            if (key.kind().equals("CustomResourceDefinition")) {
                define(resource, applied, key);
            }
        } catch (ClusterException e) {
            switch (e.kind()) {
                case UNREACHABLE, TIMEOUT, UNAUTHORIZED, CONFIGURATION -> throw e;
                default -> refused(key, e, misshapen);
            }
        }
    }

    private void refused(ObjectKey key, ClusterException e, boolean misshapen) {
        if (!e.causes().isEmpty()) {
            e.causes().forEach(cause -> findings.add(new Finding(key, cause.field(), cause.message())));
            return;
        }
        String message = String.valueOf(e.getMessage());
        if (misshapen && message.contains("failed to create typed patch object")) {
            return; // the schema said it, with the place
        }
        String prefix = key + ": ";
        findings.add(new Finding(key, "", message.startsWith(prefix) ? message.substring(prefix.length()) : message));
    }

    private void namespace(String name) throws ClusterException {
        if (!namespaces.add(name)) {
            return;
        }
        ApiResource resource = cluster.discovery().find("v1", "Namespace").orElseThrow();
        if (cluster.get(resource, "", name).isEmpty()) {
            ObjectNode namespace = JsonNodeFactory.instance.objectNode();
            namespace
                    .put("apiVersion", "v1")
                    .put("kind", "Namespace")
                    .putObject("metadata")
                    .put("name", name);
            cluster.apply(resource, namespace, APPLY);
        }
    }

    /** Waits until the kind is served, and takes its schema from the definition: the server publishes it only later. */
    private void define(ApiResource resource, ObjectNode definition, ObjectKey key) throws ClusterException {
        JsonNode spec = definition.path("spec");
        for (JsonNode version : spec.path("versions")) {
            JsonNode schema = version.path("schema").path("openAPIV3Schema");
            schemas.put(
                    spec.path("group").asText() + "/" + version.path("name").asText() + " "
                            + spec.path("names").path("kind").asText(),
                    schema.isMissingNode() ? spec.path("validation").path("openAPIV3Schema") : schema);
        }
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            JsonNode conditions = cluster.get(resource, "", key.name())
                    .orElse(definition)
                    .path("status")
                    .path("conditions");
            for (JsonNode condition : conditions) {
                String type = condition.path("type").asText();
                boolean holds = condition.path("status").asText().equals("True");
                if (type.equals("Established") && holds && isServed(spec)) {
                    return;
                }
                if ((type.equals("NonStructuralSchema") && holds) || (type.equals("NamesAccepted") && !holds)) {
                    findings.add(new Finding(key, "", condition.path("message").asText()));
                    return;
                }
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return; // the next request says so
            }
        }
        findings.add(new Finding(key, "", "was not established and served within 30 s"));
    }

    /** A kind that is established is told of by the server a moment later. */
    private boolean isServed(JsonNode spec) throws ClusterException {
        String group = spec.path("group").asText() + "/";
        return cluster.rediscover().versionsOf(spec.path("names").path("kind").asText()).stream()
                .anyMatch(version -> version.startsWith(group));
    }
}
