package dev.berth.deploy.wait;

import dev.berth.deploy.wait.Readiness.Failed;
import dev.berth.deploy.wait.Readiness.Ready;
import dev.berth.deploy.wait.Readiness.Troubled;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.ObjectKey;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/**
 * Waits until objects are ready. There is one watch for each kind and namespace, and where pods or their warnings may say
 * more, two for each namespace; beyond a bound they are listed every now and then instead. While the API server is away, it
 * is waited for.
 */
public final class Waiter {
    private static final int MOST_WATCHES = 32;
    private static final int MOST_NAMESPACES = 8;

    private final Cluster cluster;
    private final Deadline deadline;
    private final Board board;
    private final Contact contact;
    private final Claims claims;
    private final Progress progress;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private Waiter(Cluster cluster, Deadline deadline, Board board, Claims claims, Progress progress) {
        this.cluster = cluster;
        this.deadline = deadline;
        this.board = board;
        this.claims = claims;
        this.progress = progress;
        this.contact = new Contact(progress::says);
    }

    /**
     * Waits until every object is ready, or one has failed, or the deadline has passed. Whatever is not ready then, or gets into
     * trouble before, is reported on.
     *
     * @param objects each once
     * @throws ClusterException if the server does not know any more who we are
     * @throws java.io.InterruptedIOException if the thread is interrupted, which it stays
     */
    public static Waited await(Cluster cluster, Collection<Awaited> objects, Deadline deadline, Progress progress)
            throws IOException {
        Claims claims = new Claims(cluster);
        Map<ObjectKey, Readiness> states = new LinkedHashMap<>();
        Map<ObjectKey, ApiResource> resources = new LinkedHashMap<>();
        for (Awaited object : objects) {
            states.put(object.key(), claims.readiness(object.live()));
            resources.put(object.key(), object.resource());
        }
        List<Awaited> open = objects.stream()
                .filter(object -> !(states.get(object.key()) instanceof Ready))
                .toList();
        if (open.isEmpty()) {
            return new Waited(states);
        }
        Progress told = new OneAtATime(progress);
        told.waitsFor(open.stream().map(Awaited::key).toList());
        states.forEach((key, state) -> {
            if (!(state instanceof Ready)) {
                told.changed(key, state);
            }
        });
        try (Reporter reporter = new Reporter(cluster, resources, told::reports)) {
            Board board = new Board(states, told, reporter::request);
            Waiter waiter = new Waiter(cluster, deadline, board, claims, told);
            waiter.run(open);
            if (!waiter.contact.isAway()) {
                reporter.finish(worthReporting(board.states(), deadline.over()));
            }
            return new Waited(board.states());
        } catch (InterruptedException e) {
            throw Deadline.interrupted(e);
        }
    }

    /** What failed or is in trouble; when time is over, also what is merely not there yet. */
    private static List<ObjectKey> worthReporting(Map<ObjectKey, Readiness> states, boolean over) {
        return states.entrySet().stream()
                .filter(entry -> entry.getValue() instanceof Failed
                        || entry.getValue() instanceof Troubled
                        || (over && !(entry.getValue() instanceof Ready)))
                .map(Map.Entry::getKey)
                .toList();
    }

    private void run(List<Awaited> open) throws IOException {
        try {
            int watches = 0;
            for (Group group : groups(open)) {
                boolean isWatched = watches++ < MOST_WATCHES;
                start(() -> follow(group, isWatched));
            }
            Map<String, List<Awaited>> byNamespace = open.stream()
                    .filter(object -> !object.key().namespace().isEmpty())
                    .collect(Collectors.groupingBy(
                            object -> object.key().namespace(), LinkedHashMap::new, Collectors.toList()));
            byNamespace.entrySet().stream().limit(MOST_NAMESPACES).forEach(entry -> {
                PodTroubles troubles = new PodTroubles(cluster, entry.getKey(), board, entry.getValue());
                start(() -> listen("Pod", entry.getKey(), "", troubles.pods()));
                start(() -> listen("Event", entry.getKey(), "type=Warning", troubles.warnings()));
            });
            start(() -> contact.watch(deadline));
            start(() -> {
                while (!deadline.over()) {
                    deadline.pause(Duration.ofSeconds(1));
                    board.recover();
                }
            });
            board.awaitEnd(deadline);
        } finally {
            threads.shutdownNow();
            threads.close();
        }
    }

    private Collection<Group> groups(List<Awaited> open) {
        Map<List<Object>, Group> groups = new LinkedHashMap<>();
        for (Awaited object : open) {
            String namespace = object.key().namespace();
            groups.computeIfAbsent(
                            List.of(object.resource(), namespace),
                            _ -> new Group(object.resource(), namespace, board, claims))
                    .add(object.key());
        }
        return new ArrayList<>(groups.values());
    }

    private interface Task {
        void run() throws IOException;
    }

    private void start(Task task) {
        threads.execute(() -> {
            try {
                task.run();
            } catch (IOException | RuntimeException e) {
                if (!Thread.currentThread().isInterrupted()) {
                    board.fail(e);
                }
            }
        });
    }

    private void follow(Group group, boolean isWatched) throws IOException {
        try {
            new Follower(cluster, group.resource(), group.namespace(), "", isWatched, contact, deadline, group).run();
        } catch (ClusterException e) {
            switch (e.kind()) {
                case FORBIDDEN, METHOD_NOT_ALLOWED -> group.ask(cluster, contact, deadline);
                default -> throw e;
            }
        }
    }

    /** Follows what helps to explain; without it waiting goes on all the same. */
    private void listen(String kind, String namespace, String fieldSelector, Follower.Observer observer)
            throws IOException {
        try {
            Optional<ApiResource> resource = cluster.discovery().find("v1", kind);
            if (resource.isPresent()) {
                new Follower(cluster, resource.get(), namespace, fieldSelector, true, contact, deadline, observer)
                        .run();
            }
        } catch (ClusterException e) {
            if (!Thread.currentThread().isInterrupted()) {
                progress.says("what " + kind + "s in " + namespace + " tell is not heard: " + e.getMessage());
            }
        }
    }
}
