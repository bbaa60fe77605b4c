package dev.berth.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An API server. Thread-safe and blocking; every request has a deadline (60 s with its repetitions, unless said otherwise), and
 * what is repeatable is repeated at a lost connection, at status 429 and at 502 to 504. How many requests are made at a time is
 * the caller's choice. Objects are trees that the caller may change.
 */
public final class Cluster implements AutoCloseable {
    private final ApiClient client;
    private final UnaryOperator<Call> limits;
    private final ReentrantLock discovering = new ReentrantLock();
    private volatile @Nullable Discovery discovered;

    private Cluster(ApiClient client, UnaryOperator<Call> limits) {
        this.client = client;
        this.limits = limits;
    }

    /**
     * Finds out which cluster is meant and who we are there. Nothing is asked of the server yet.
     *
     * @throws ClusterException {@link ClusterException.Kind#CONFIGURATION} if the address leads to nothing
     */
    public static Cluster connect(ClusterAddress address) throws ClusterException {
        return new Cluster(new ApiClient(Locator.ofThisProcess().find(address)), UnaryOperator.identity());
    }

    /**
     * The same, by the same connections, with other limits for requests about single objects. Closing either closes both.
     *
     * @param time how long a request may take with its repetitions
     * @param largest how many bytes an answer may have
     */
    public Cluster within(Duration time, int largest) {
        return new Cluster(client, call -> call.within(time).atMost(largest));
    }

    /** The name of the context; {@code in-cluster} in a pod. */
    public String context() {
        return client.access().context();
    }

    /** Where it is. */
    public URI server() {
        return client.access().server();
    }

    /** The namespace of the context, {@code default} if it names none. */
    public String namespace() {
        return client.access().namespace();
    }

    /** The kinds that it serves, asked for once. */
    public Discovery discovery() throws ClusterException {
        discovering.lock();
        try {
            Discovery known = discovered;
            return known == null ? rediscover() : known;
        } finally {
            discovering.unlock();
        }
    }

    /** The kinds that it serves by now, such as after definitions of custom resources were applied. */
    public Discovery rediscover() throws ClusterException {
        discovering.lock();
        try {
            Discovery now = DiscoveryReader.read(client);
            discovered = now;
            return now;
        } finally {
            discovering.unlock();
        }
    }

    /**
     * An object, or empty if there is none.
     *
     * @param namespace ignored if the kind is not namespaced
     */
    public Optional<ObjectNode> get(ApiResource resource, String namespace, String name) throws ClusterException {
        try {
            return Optional.of(read(resource, namespace, name));
        } catch (ClusterException e) {
            if (e.kind() == ClusterException.Kind.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * As {@link #get}, for those who must know who says that there is none.
     *
     * @throws ClusterException {@link ClusterException.Kind#NOT_FOUND} if there is none; its
     *     {@linkplain ClusterException#reason() reason} is {@code NotFound} if an API server says so
     */
    public ObjectNode read(ApiResource resource, String namespace, String name) throws ClusterException {
        String what = key(resource, namespace, name).toString();
        return Answers.object(what, send(Call.get(what, resource.path(namespace, name))));
    }

    /**
     * Creates an object.
     *
     * @param object with apiVersion, kind and {@code metadata.name}; without a namespace it goes to the context's
     * @throws ClusterException {@link ClusterException.Kind#ALREADY_EXISTS} if there is one of that name, also when it is this one
     *     and the first answer was lost
     */
    public ObjectNode create(ApiResource resource, ObjectNode object) throws ClusterException {
        ObjectKey key = ObjectKey.of(object);
        String namespace = key.namespace().isEmpty() ? namespace() : key.namespace();
        Call call = Call.send(key.toString(), "POST", resource.path(namespace), Call.JSON, json(object));
        return Answers.object(call.what(), send(call));
    }

    /**
     * Tells each object of a kind, once; they are asked for in pages of 500, each of which is held at a time.
     *
     * @param namespace empty for all
     * @param labelSelector such as {@code a=b,c}; empty for all
     * @return the resource version from which a {@link #watch} misses nothing
     * @throws ClusterException {@link ClusterException.Kind#GONE} if it takes so long that the server has forgotten the list
     */
    public String list(ApiResource resource, String namespace, String labelSelector, Consumer<ObjectNode> each)
            throws ClusterException {
        return new Listing(client, resource, namespace, labelSelector).read(each);
    }

    /**
     * Applies an object on the server's side: creates it, or changes the fields that it has, and removes those that the same
     * manager had set before and that it lacks now.
     *
     * @param object with apiVersion, kind and {@code metadata.name}; without a namespace it goes to the context's
     * @return the object as it is afterwards, or would be
     */
    public ObjectNode apply(ApiResource resource, ObjectNode object, ApplyOptions options) throws ClusterException {
        ObjectKey key = ObjectKey.of(object);
        String namespace = key.namespace().isEmpty() ? namespace() : key.namespace();
        String path = resource.path(namespace, key.name())
                + "?fieldManager=" + Listing.encode(options.fieldManager())
                + "&force=" + options.force()
                + (options.dryRun() ? "&dryRun=All" : "");
        try {
            return apply(key, path, object);
        } catch (ClusterException e) {
            if (OldServers.wantsProtocols(e)) {
                return apply(key, path, OldServers.withProtocols(object));
            }
            throw e;
        }
    }

    private ObjectNode apply(ObjectKey key, String path, ObjectNode object) throws ClusterException {
        // JSON is YAML.
        Call call = Call.send(key.toString(), "PATCH", path, "application/apply-patch+yaml", json(object));
        return Answers.object(call.what(), send(call));
    }

    /**
     * Has an object deleted. When this returns it may still be there, waiting for its finalizers.
     *
     * @throws ClusterException {@link ClusterException.Kind#NOT_FOUND} if there is none, {@link ClusterException.Kind#STALE} if
     *     it has another uid
     */
    public void delete(ApiResource resource, ObjectKey key, DeleteOptions options) throws ClusterException {
        ObjectNode body =
                Answers.MAPPER.createObjectNode().put("apiVersion", "v1").put("kind", "DeleteOptions");
        body.put("propagationPolicy", options.propagation().word());
        options.uid().ifPresent(uid -> body.putObject("preconditions").put("uid", uid));
        if (options.dryRun()) {
            body.putArray("dryRun").add("All");
        }
        Call call =
                Call.send(key.toString(), "DELETE", resource.path(key.namespace(), key.name()), Call.JSON, json(body));
        // Without a uid a repeated request might meet an object that was made in between.
        send(options.uid().isPresent() ? call : call.onlyOnce());
    }

    /**
     * Changes an object by a merge patch (RFC 7396), not in the name of a field manager of ours.
     *
     * @param subresource such as {@code status}; empty for the object itself
     */
    public ObjectNode patchMerge(ApiResource resource, ObjectKey key, ObjectNode patch, String subresource)
            throws ClusterException {
        String path = resource.path(key.namespace(), key.name())
                + (subresource.isEmpty() ? "" : "/" + ApiResource.segment(subresource));
        Call call = Call.send(key.toString(), "PATCH", path, "application/merge-patch+json", json(patch));
        return Answers.object(call.what(), send(call));
    }

    /**
     * Watches a kind.
     *
     * @param namespace empty for all
     * @param fieldSelector such as {@code metadata.name=web}; empty for none
     * @param labelSelector empty for none
     * @param resourceVersion the changes behind this one; empty: everything that is there is told first
     */
    public Watch watch(
            ApiResource resource, String namespace, String fieldSelector, String labelSelector, String resourceVersion)
            throws ClusterException {
        String path = resource.path(namespace)
                + "?watch=true&allowWatchBookmarks=true"
                + (fieldSelector.isEmpty() ? "" : "&fieldSelector=" + Listing.encode(fieldSelector))
                + (labelSelector.isEmpty() ? "" : "&labelSelector=" + Listing.encode(labelSelector))
                + (resourceVersion.isEmpty() ? "" : "&resourceVersion=" + Listing.encode(resourceVersion));
        return Watch.open(client, Call.get("watching " + resource.kind(), path), resourceVersion);
    }

    /**
     * The last lines that a container wrote, without control characters; at most 256 KiB of them.
     *
     * @param container its name; empty if the pod has only one
     * @param previous of the container's run before the present one
     */
    public List<String> logTail(String namespace, String pod, String container, int lines, boolean previous)
            throws ClusterException {
        String path =
                "/api/v1/namespaces/" + ApiResource.segment(namespace) + "/pods/" + ApiResource.segment(pod) + "/log"
                        + "?tailLines=" + lines + "&limitBytes=" + (256 << 10)
                        + (container.isEmpty() ? "" : "&container=" + Listing.encode(container))
                        + (previous ? "&previous=true" : "");
        String what = "the log of Pod " + namespace + "/" + pod;
        byte[] log = client.send(Call.get(what, path).accepting("*/*"));
        return Text.printable(new String(log, StandardCharsets.UTF_8)).lines().toList();
    }

    /**
     * Reads JSON from anywhere, such as {@code /version}.
     *
     * @param path the path, with a query if there is one, as it goes into the request
     */
    public JsonNode raw(String path) throws ClusterException {
        return Answers.json(path, send(Call.get("reading " + path, path)));
    }

    private byte[] send(Call call) throws ClusterException {
        return client.send(limits.apply(call));
    }

    private static ObjectKey key(ApiResource resource, String namespace, String name) {
        return new ObjectKey(resource.apiVersion(), resource.kind(), resource.namespaced() ? namespace : "", name);
    }

    private static String json(ObjectNode object) {
        try {
            return Answers.MAPPER.writeValueAsString(object);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a tree of JSON", e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
