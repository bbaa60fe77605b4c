package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.wait.Readiness.Failed;
import dev.berth.deploy.wait.Readiness.Waiting;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.ObjectKey;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Those of the awaited objects that have the same kind and namespace, and therefore one watch. */
final class Group implements Follower.Observer {
    private static final Duration POLL = Duration.ofSeconds(2);

    private final ApiResource resource;
    private final String namespace;
    private final Board board;
    private final Claims claims;
    private final Map<String, ObjectKey> byName = new HashMap<>();
    private final Set<String> told = new HashSet<>();

    Group(ApiResource resource, String namespace, Board board, Claims claims) {
        this.resource = resource;
        this.namespace = namespace;
        this.board = board;
        this.claims = claims;
    }

    void add(ObjectKey key) {
        byName.put(key.name(), key);
    }

    ApiResource resource() {
        return resource;
    }

    String namespace() {
        return namespace;
    }

    @Override
    public void begins() {
        told.clear();
    }

    @Override
    public void sees(ObjectNode object) {
        String name = ObjectKey.of(object).name();
        ObjectKey key = byName.get(name);
        if (key != null) {
            told.add(name);
            if (board.isOpen(key)) {
                board.set(key, claims.readiness(object));
            }
        }
    }

    @Override
    public void complete() {
        byName.forEach((name, key) -> {
            if (!told.contains(name)) {
                board.set(key, new Waiting("is not there"));
            }
        });
    }

    @Override
    public void misses(ObjectNode object) {
        ObjectKey key = byName.get(ObjectKey.of(object).name());
        if (key != null) {
            board.set(key, new Waiting("was deleted"));
        }
    }

    @Override
    public boolean isDone() {
        return !board.isOpen(byName.values());
    }

    /** Asks for each object by its name, every other second: for those who may not list the kind. */
    void ask(Cluster cluster, Contact contact, Deadline deadline) throws IOException {
        while (!isDone() && !deadline.over()) {
            for (ObjectKey key : byName.values()) {
                if (board.isOpen(key)) {
                    ask(cluster, contact, key);
                }
            }
            deadline.pause(POLL);
        }
    }

    private void ask(Cluster cluster, Contact contact, ObjectKey key) throws ClusterException {
        try {
            Optional<ObjectNode> object = cluster.get(resource, namespace, key.name());
            contact.made();
            object.ifPresentOrElse(this::sees, () -> board.set(key, new Waiting("is not there")));
        } catch (ClusterException e) {
            if (e.kind() == ClusterException.Kind.FORBIDDEN) {
                board.set(key, new Failed("nobody can tell whether it is ready: " + e.getMessage()));
            } else if (e.retryable()) {
                contact.lost(e);
            } else {
                throw e;
            }
        }
    }
}
