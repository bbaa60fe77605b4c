package dev.berth.kubernetes;

import static dev.berth.kubernetes.ClusterException.Kind;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Asks an API server what it serves: in two requests where it can say it all at once (Kubernetes 1.26, {@code
 * APIGroupDiscoveryList}), else group by group.
 */
final class DiscoveryReader {
    private static final String ALL_AT_ONCE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
            + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
    private static final String WHAT = "asking which kinds there are";
    private static final int CONCURRENCY = 8;
    private static final int MOST_GROUPS = 2000;
    /** The server of an aggregated group may be away: it is not waited for long. */
    private static final Duration GROUP_LIMIT = Duration.ofSeconds(10);

    private record GroupVersion(String group, String version) {
        String path() {
            return group.isEmpty()
                    ? "/api/" + ApiResource.segment(version)
                    : "/apis/" + ApiResource.segment(group) + "/" + ApiResource.segment(version);
        }

        @Override
        public String toString() {
            return group.isEmpty() ? version : group + "/" + version;
        }
    }

    private final ApiClient client;
    private final List<ApiResource> resources = new ArrayList<>();
    private final List<String> unavailable = new ArrayList<>();

    private DiscoveryReader(ApiClient client) {
        this.client = client;
    }

    static Discovery read(ApiClient client) throws ClusterException {
        DiscoveryReader reader = new DiscoveryReader(client);
        List<GroupVersion> left = new ArrayList<>();
        reader.root("/api", left);
        reader.root("/apis", left);
        reader.oneByOne(left);
        return new Discovery(reader.resources, reader.unavailable);
    }

    private void root(String path, List<GroupVersion> left) throws ClusterException {
        ObjectNode answer =
                Answers.object(WHAT, client.send(Call.get(WHAT, path).accepting(ALL_AT_ONCE)));
        JsonNode groups = answer.path("kind").asText().equals("APIGroupDiscoveryList")
                ? answer.path("items")
                : answer.path("groups");
        if (groups.size() > MOST_GROUPS) {
            throw new ClusterException(Kind.SERVER, WHAT + ": the server names more than " + MOST_GROUPS + " groups");
        }
        switch (answer.path("kind").asText()) {
            case "APIGroupDiscoveryList" -> groups.forEach(this::group);
            case "APIVersions" ->
                answer.path("versions").forEach(version -> left.add(new GroupVersion("", version.asText())));
            case "APIGroupList" -> groups.forEach(group -> versions(group, left));
            default ->
                throw new ClusterException(
                        Kind.SERVER,
                        WHAT + ": " + client.access().server() + path
                                + " did not answer as an API server does: is the address right?");
        }
    }

    /** The versions of a group, the preferred one first. */
    private static void versions(JsonNode group, List<GroupVersion> left) {
        String name = group.path("name").asText();
        Set<String> seen = new HashSet<>();
        List<JsonNode> versions = new ArrayList<>();
        versions.add(group.path("preferredVersion"));
        group.path("versions").forEach(versions::add);
        for (JsonNode node : versions) {
            String version = node.path("version").asText();
            if (!version.isEmpty() && seen.add(version)) {
                left.add(new GroupVersion(name, version));
            }
        }
    }

    private void group(JsonNode group) {
        String name = group.path("metadata").path("name").asText("");
        for (JsonNode version : group.path("versions")) {
            GroupVersion at = new GroupVersion(name, version.path("version").asText());
            if (version.path("freshness").asText().equals("Stale")) {
                unavailable.add(at.toString());
            }
            for (JsonNode resource : version.path("resources")) {
                add(
                        at,
                        resource.path("resource").asText(),
                        resource.path("responseKind").path("kind").asText(),
                        resource.path("scope").asText().equals("Namespaced"),
                        resource.path("verbs"));
            }
        }
    }

    private void oneByOne(List<GroupVersion> left) throws ClusterException {
        try (ExecutorService threads =
                Executors.newFixedThreadPool(CONCURRENCY, Thread.ofVirtual().factory())) {
            List<Future<byte[]>> answers = left.stream()
                    .map(version -> threads.submit(
                            () -> client.send(Call.get(WHAT, version.path()).within(GROUP_LIMIT))))
                    .toList();
            for (int i = 0; i < answers.size(); i++) {
                take(left.get(i), answers.get(i));
            }
        }
    }

    private void take(GroupVersion version, Future<byte[]> answer) throws ClusterException {
        try {
            for (JsonNode resource : Answers.json(WHAT, answer.get()).path("resources")) {
                add(
                        version,
                        resource.path("name").asText(),
                        resource.path("kind").asText(),
                        resource.path("namespaced").asBoolean(),
                        resource.path("verbs"));
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ClusterException failure) {
                switch (failure.kind()) {
                    case SERVER, TIMEOUT, NOT_FOUND, TOO_MANY_REQUESTS -> unavailable.add(version.toString());
                    default -> throw failure;
                }
            } else {
                throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException(Kind.TIMEOUT, WHAT + ": interrupted", e);
        }
    }

    private void add(GroupVersion at, String plural, String kind, boolean namespaced, JsonNode verbs) {
        if (plural.isEmpty() || kind.isEmpty() || plural.contains("/")) {
            return; // a subresource
        }
        Set<String> words = new HashSet<>();
        verbs.forEach(verb -> words.add(verb.asText()));
        resources.add(new ApiResource(at.group(), at.version(), kind, plural, namespaced, words));
    }
}
