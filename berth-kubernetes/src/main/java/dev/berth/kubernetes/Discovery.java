package dev.berth.kubernetes;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The kinds that an API server serves, as it said at one time. */
public final class Discovery {
    private final Map<String, ApiResource> byKind = new HashMap<>();
    private final Map<String, ApiResource> preferred = new LinkedHashMap<>();
    private final List<String> unavailable;

    /**
     * @param resources in the server's order: the preferred version of a group first
     * @param unavailable groups, or groups with version, that did not answer
     */
    Discovery(Collection<ApiResource> resources, List<String> unavailable) {
        for (ApiResource resource : resources) {
            byKind.putIfAbsent(resource.apiVersion() + " " + resource.kind(), resource);
            preferred.putIfAbsent(resource.group() + " " + resource.kind(), resource);
        }
        this.unavailable = List.copyOf(unavailable);
    }

    /** The resource of exactly this kind and version. */
    public Optional<ApiResource> find(String apiVersion, String kind) {
        return Optional.ofNullable(byKind.get(apiVersion + " " + kind));
    }

    /** The versions in which a kind is served, over all groups, such as {@code networking.k8s.io/v1}: for messages. */
    public List<String> versionsOf(String kind) {
        return byKind.values().stream()
                .filter(resource -> resource.kind().equals(kind))
                .map(ApiResource::apiVersion)
                .sorted()
                .toList();
    }

    /**
     * Every kind that can be listed, once for each group, in the version that the server prefers. A few old kinds are served in
     * two groups ({@code Event}, {@code Ingress}): the same object then has the same uid in both.
     */
    public Collection<ApiResource> listable() {
        List<ApiResource> listable = new ArrayList<>();
        for (ApiResource resource : preferred.values()) {
            if (resource.can("list")) {
                listable.add(resource);
            }
        }
        return List.copyOf(listable);
    }

    /** Groups whose server did not answer, such as that of an aggregated API: their kinds are missing here. */
    public List<String> unavailableGroups() {
        return unavailable;
    }
}
