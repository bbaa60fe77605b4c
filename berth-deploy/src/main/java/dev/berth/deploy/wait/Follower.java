package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.Watch;
import dev.berth.kubernetes.WatchEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Follows the objects of a kind in a namespace: lists them, then watches them from there. A watch that ends goes on where it
 * was; where the server has forgotten that (410), or is another one, they are listed again. Nothing of them is kept.
 */
final class Follower {
    /** Is told of objects, by one thread. */
    interface Observer {
        /** All that there are will be told now. */
        default void begins() {}

        /** An object as it is. */
        void sees(ObjectNode object);

        /** All that there are have been told. */
        default void complete() {}

        /** An object is gone. */
        default void misses(ObjectNode object) {}

        /** Whether there is nothing more to be found out. */
        boolean isDone();
    }

    /** A watch that is silent for so long is opened anew, as its connection may be dead without anybody having said so. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private static final Duration POLL = Duration.ofSeconds(2);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LAST_PAUSE = Duration.ofSeconds(4);

    private final Cluster cluster;
    private final ApiResource resource;
    private final String namespace;
    private final String fieldSelector;
    private final Contact contact;
    private final Deadline deadline;
    private final Observer observer;
    private boolean watches;
    private Duration pause = FIRST_PAUSE;

    /**
     * @param namespace empty for all
     * @param fieldSelector if not empty, which objects; they are then told in any order first
     * @param watches whether to watch, and not to list every other second
     */
    Follower(
            Cluster cluster,
            ApiResource resource,
            String namespace,
            String fieldSelector,
            boolean watches,
            Contact contact,
            Deadline deadline,
            Observer observer) {
        this.cluster = cluster;
        this.resource = resource;
        this.namespace = namespace;
        this.fieldSelector = fieldSelector;
        this.watches = watches && resource.can("watch");
        this.contact = contact;
        this.deadline = deadline;
        this.observer = observer;
    }

    /**
     * Follows until the observer is done or the deadline has passed.
     *
     * @throws ClusterException if we may not list them, or are nobody to the server any more
     */
    void run() throws IOException {
        while (!isOver()) {
            try {
                String version = fieldSelector.isEmpty() ? list() : "";
                if (isOver()) {
                    return;
                }
                if (watches) {
                    watch(version);
                } else {
                    deadline.pause(POLL);
                }
            } catch (ClusterException e) {
                recover(e);
            }
        }
    }

    private boolean isOver() {
        return observer.isDone() || deadline.over() || Thread.currentThread().isInterrupted();
    }

    private String list() throws IOException {
        observer.begins();
        String version = cluster.list(resource, namespace, "", observer::sees);
        contact.made();
        observer.complete();
        return version;
    }

    /** Watches until the observer is done; a connection that was lost, and nothing else, is made again here. */
    private void watch(String from) throws IOException {
        String version = from;
        while (!isOver()) {
            try (Watch watch = cluster.watch(resource, namespace, fieldSelector, "", version)) {
                contact.made();
                try {
                    tell(watch);
                } finally {
                    version = watch.resourceVersion();
                }
            } catch (ClusterException e) {
                if (e.kind() != ClusterException.Kind.UNREACHABLE) {
                    throw e;
                }
                contact.lost(e);
                rest();
            }
        }
    }

    private void tell(Watch watch) throws IOException {
        while (!isOver()) {
            Duration left = deadline.left();
            Optional<WatchEvent> event = watch.next(left.compareTo(SILENCE) < 0 ? left : SILENCE);
            if (event.isEmpty()) {
                return;
            }
            pause = FIRST_PAUSE;
            switch (event.get().type()) {
                case ADDED, MODIFIED -> observer.sees(event.get().object());
                case DELETED -> observer.misses(event.get().object());
            }
        }
    }

    private void recover(ClusterException e) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        switch (e.kind()) {
            case GONE, STALE -> rest();
            case FORBIDDEN, METHOD_NOT_ALLOWED -> {
                if (!watches || !fieldSelector.isEmpty()) {
                    throw e;
                }
                watches = false; // listing may be allowed all the same; if not, it is said next
            }
            case UNAUTHORIZED, CONFIGURATION, INVALID -> throw e;
            case NOT_FOUND -> rest(); // a kind whose definition is new is served a moment later
            case UNREACHABLE, TIMEOUT, TOO_MANY_REQUESTS, SERVER, CONFLICT, ALREADY_EXISTS -> {
                contact.lost(e);
                rest();
            }
        }
    }

    private void rest() throws IOException {
        deadline.pause(pause);
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LAST_PAUSE) < 0 ? twice : LAST_PAUSE;
    }
}
