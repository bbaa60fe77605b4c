package dev.berth.node.injection;

import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import dev.berth.node.injection.WaitServer.Heartbeat;
import dev.berth.node.log.LogFields;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes closures ready for containers in the background, and mounts them into the containers that wait for them. */
final class Preparations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Preparations.class);
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);

    /** A preparation under way or done. */
    private static final class Job {
        final CompletableFuture<ContainerRecord> done = new CompletableFuture<>();
        final CompletableFuture<Void> givenUp = new CompletableFuture<>();
        final long began = System.nanoTime();
        final Thread worker;

        Job(Consumer<Job> work) {
            worker = Thread.ofVirtual().name("berth-prepare").unstarted(() -> work.accept(this));
        }

        Duration age() {
            return Duration.ofNanos(System.nanoTime() - began);
        }
    }

    private final ContainerClosures closures;
    private final InjectionListener listener;
    private final StoreDir storeDir;
    private final Duration deadline;
    private final Map<String, Job> jobs = new ConcurrentHashMap<>();
    private volatile boolean closed;

    Preparations(ContainerClosures closures, InjectionListener listener, StoreDir storeDir, Duration deadline) {
        this.closures = closures;
        this.listener = listener;
        this.storeDir = storeDir;
        this.deadline = deadline;
    }

    /** Begins with a container that has a record. */
    void start(ContainerRecord container) {
        jobs.computeIfAbsent(container.id(), id -> {
            Job job = new Job(mine -> work(container, mine));
            job.worker.start();
            return job;
        });
    }

    private static LogFields fields(ContainerRecord container) {
        return LogFields.of(container.owner().pod())
                .with("container", container.owner().name())
                .with(
                        "path",
                        container.injection().packages().stream()
                                .map(StorePath::toString)
                                .collect(Collectors.joining(" ")));
    }

    private void work(ContainerRecord container, Job job) {
        try (LogFields.Scope _ = fields(container).open()) {
            prepare(container, job);
        }
    }

    private void prepare(ContainerRecord container, Job job) {
        try {
            job.done.complete(closures.prepare(container.id(), deadline, job.givenUp));
        } catch (CsiException | StoreException e) {
            fail(container, job, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            if (job.done.isDone()) {
                // It was cancelled, and found the container gone.
                return;
            }
            LOG.error("preparing {} failed", container.owner(), e);
            fail(container, job, "the agent failed: " + e);
        }
    }

    private void fail(ContainerRecord container, Job job, String reason) {
        // Unless it was cancelled: then nobody wants to know. And a hook that waits asks the next agent.
        if (!closed && job.done.completeExceptionally(new RefusedException(reason))) {
            listener.failed(container.owner(), reason);
        }
    }

    /** How long ago a container's preparation began; a long time if there is none. */
    Duration age(String id) {
        Job job = jobs.get(id);
        return job == null ? Duration.ofDays(1) : job.age();
    }

    /** Ends the preparation of a container that is not wanted any more; who waits for it hears the reason. */
    void cancel(String id, String reason) {
        Job job = jobs.remove(id);
        if (job != null) {
            job.done.completeExceptionally(new RefusedException(reason));
            job.givenUp.complete(null);
        }
    }

    /**
     * Waits until a container's closure is ready and mounts it into the container.
     *
     * @throws RefusedException if that can't be; the listener has heard of it
     * @throws IOException what the heartbeat throws
     */
    void show(String id, WhereIs where, Heartbeat heartbeat) throws IOException, InterruptedException {
        Job job = jobs.get(id);
        if (job == null) {
            throw new RefusedException(
                    "the node agent knows nothing of this container: it was removed, or made while the agent was away");
        }
        ContainerRecord container = await(job, heartbeat);
        try (LogFields.Scope _ = fields(container).open()) {
            show(container, where, job);
        }
    }

    private void show(ContainerRecord container, WhereIs where, Job job) throws RefusedException, InterruptedException {
        try {
            where.is().show(() -> closures.nix(container), container.injection(), storeDir);
            closures.shown(container.id());
        } catch (IOException e) {
            String reason = reason(e);
            listener.failed(container.owner(), reason);
            throw new RefusedException(reason);
        }
        listener.injected(container.owner(), job.age());
        LOG.info("{} has its closure", container.owner());
    }

    /** Finds the file system of a container. */
    interface WhereIs {
        ContainerRoot is() throws IOException;
    }

    private static ContainerRecord await(Job job, Heartbeat heartbeat) throws IOException, InterruptedException {
        while (true) {
            try {
                return job.done.get(HEARTBEAT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                heartbeat.send();
            } catch (ExecutionException e) {
                Throwable cause = Objects.requireNonNull(e.getCause());
                throw new RefusedException(String.valueOf(cause.getMessage()));
            }
        }
    }

    private static String reason(IOException e) {
        if (e instanceof RefusedException) {
            return String.valueOf(e.getMessage());
        }
        String hint = e instanceof LinuxException linux && linux.is(Errno.ENOENT)
                ? "; the agent must see the host's processes (hostPID: true)"
                : "";
        return "cannot mount the closure into the container: " + e.getMessage() + hint;
    }

    /** Ends what is under way; hooks ask the next agent, which begins again. */
    @Override
    public void close() {
        closed = true;
        jobs.values().forEach(job -> job.givenUp.complete(null));
    }
}
