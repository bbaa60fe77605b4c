package dev.berth.kubernetes;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * A kind as the API server serves it.
 *
 * @param group its API group; empty for the core group
 * @param version its version in the group, such as {@code v1}
 * @param kind such as {@code Deployment}
 * @param plural its name in paths, such as {@code deployments}
 * @param namespaced whether its objects are in namespaces
 * @param verbs what can be done with it, such as {@code get}, {@code list}, {@code patch}, {@code delete}, {@code watch}
 */
public record ApiResource(
        String group, String version, String kind, String plural, boolean namespaced, Set<String> verbs) {
    /** The verbs as an unchangeable set. */
    public ApiResource {
        verbs = Set.copyOf(verbs);
    }

    /** As objects name it: {@code v1}, {@code apps/v1}. */
    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /** Whether the server offers a verb for it; not whether we are allowed to use it. */
    public boolean can(String verb) {
        return verbs.contains(verb);
    }

    /** The path of its objects: of all namespaces if the namespace is empty. */
    String path(String namespace) {
        String root = group.isEmpty() ? "/api/" + segment(version) : "/apis/" + segment(group) + "/" + segment(version);
        String scope = namespaced && !namespace.isEmpty() ? "/namespaces/" + segment(namespace) : "";
        return root + scope + "/" + segment(plural);
    }

    /** The path of one object. */
    String path(String namespace, String name) {
        return path(namespace) + "/" + segment(name);
    }

    /** A name as one segment of a path, whatever it holds. */
    static String segment(String name) {
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
        return encoded.equals(".") || encoded.equals("..") ? encoded.replace(".", "%2E") : encoded;
    }
}
