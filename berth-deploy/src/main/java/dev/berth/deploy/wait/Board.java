package dev.berth.deploy.wait;

import dev.berth.deploy.wait.Readiness.Failed;
import dev.berth.deploy.wait.Readiness.Ready;
import dev.berth.deploy.wait.Readiness.Troubled;
import dev.berth.deploy.wait.Readiness.Waiting;
import dev.berth.kubernetes.ObjectKey;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * What is known of the objects that are waited for: a few words for each, never the objects themselves. What is ready or has
 * failed stays so.
 */
final class Board {
    /** Pods in trouble that are kept for one workload: the first is shown, and one that heals makes room. */
    private static final int MOST_TROUBLES = 20;

    /** What is remembered of one pod: what crashes says in turn that it ended and that it is not started yet. */
    private static final int MOST_WORDS = 5;

    /** What was in trouble is ready only when it has been for so long: a container that crashes runs in between. */
    private static final Duration RECOVERY = Duration.ofSeconds(5);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private final Map<ObjectKey, Readiness> states = new LinkedHashMap<>();
    private final Map<ObjectKey, Map<String, List<String>>> troubles = new HashMap<>();
    private final Map<ObjectKey, Deadline> recovering = new HashMap<>();
    private final Progress progress;
    private final Consumer<ObjectKey> wrong;
    private int open;
    private boolean failed;
    private Optional<Exception> fault = Optional.empty();

    /** @param wrong told of an object each time it gets into trouble, and when it fails */
    Board(Map<ObjectKey, Readiness> initial, Progress progress, Consumer<ObjectKey> wrong) {
        this.progress = progress;
        this.wrong = wrong;
        states.putAll(initial);
        open = (int) states.values().stream().filter(state -> !isFinal(state)).count();
        failed = states.values().stream().anyMatch(Failed.class::isInstance);
        states.forEach((key, state) -> {
            if (state instanceof Troubled) {
                wrong.accept(key);
            }
        });
    }

    /** What an object's own fields say. */
    void set(ObjectKey key, Readiness now) {
        lock.lock();
        try {
            if (now instanceof Ready && troubles.containsKey(key)) {
                recovering.putIfAbsent(key, Deadline.in(RECOVERY));
                return;
            }
            recovering.remove(key);
            Optional<String> trouble = now instanceof Waiting ? trouble(key) : Optional.empty();
            become(key, trouble.<Readiness>map(Troubled::new).orElse(now));
        } finally {
            lock.unlock();
        }
    }

    /** Believes those that were in trouble and have been ready for a while. To be called now and then. */
    void recover() {
        lock.lock();
        try {
            recovering.forEach((key, until) -> {
                if (until.over()) {
                    become(key, new Ready());
                }
            });
            recovering.keySet().removeIf(key -> !isOpen(key));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Something is wrong.
     *
     * @param source the pod of the object that has it; empty: the object itself
     */
    void trouble(ObjectKey key, String source, String why) {
        lock.lock();
        try {
            Map<String, List<String>> of = troubles.computeIfAbsent(key, _ -> new LinkedHashMap<>());
            if (of.containsKey(source) || of.size() < MOST_TROUBLES) {
                List<String> told = of.computeIfAbsent(source, _ -> new ArrayList<>());
                if (told.size() < MOST_WORDS && told.stream().noneMatch(before -> isSame(before, why))) {
                    told.add(why);
                    become(key, new Troubled(trouble(key).orElse(why)));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether two texts differ in numbers alone, such as how long somebody backs off, or how often something failed. */
    private static boolean isSame(String before, String now) {
        return before.replaceAll("[0-9]+", "").equals(now.replaceAll("[0-9]+", ""));
    }

    /** A pod of an object is well again, or gone. */
    void calm(ObjectKey key, String source) {
        lock.lock();
        try {
            Map<String, List<String>> of = troubles.get(key);
            if (of != null && of.remove(source) != null && of.isEmpty()) {
                become(key, new Waiting(source + " is no longer in trouble"));
            }
        } finally {
            lock.unlock();
        }
    }

    private Optional<String> trouble(ObjectKey key) {
        return troubles.getOrDefault(key, Map.of()).entrySet().stream()
                .map(entry -> (entry.getKey().isEmpty() ? "" : entry.getKey() + ": ")
                        + entry.getValue().getLast())
                .findFirst();
    }

    private void become(ObjectKey key, Readiness now) {
        Readiness before = states.get(key);
        if (before == null || isFinal(before) || before.equals(now)) {
            return;
        }
        states.put(key, now);
        progress.changed(key, now);
        if (now instanceof Failed || (now instanceof Troubled && !(before instanceof Troubled))) {
            wrong.accept(key);
        }
        if (isFinal(now)) {
            open--;
            failed |= now instanceof Failed;
            ended.signalAll();
        }
    }

    private static boolean isFinal(Readiness state) {
        return state instanceof Ready || state instanceof Failed;
    }

    boolean isOpen(ObjectKey key) {
        lock.lock();
        try {
            Readiness state = states.get(key);
            return state != null && !isFinal(state);
        } finally {
            lock.unlock();
        }
    }

    boolean isOpen(Collection<ObjectKey> keys) {
        return keys.stream().anyMatch(this::isOpen);
    }

    /** Waiting cannot go on. */
    void fail(Exception why) {
        lock.lock();
        try {
            fault = fault.or(() -> Optional.of(why));
            ended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns when all is ready, one has failed, or the deadline has passed. */
    void awaitEnd(Deadline deadline) throws IOException {
        lock.lock();
        try {
            while (open > 0 && !failed && fault.isEmpty() && !deadline.over()) {
                long left = deadline.left().toNanos();
                if (!ended.await(left, TimeUnit.NANOSECONDS)) {
                    return;
                }
            }
            if (fault.isPresent()) {
                switch (fault.get()) {
                    case IOException e -> throw e;
                    case RuntimeException e -> throw e;
                    case Exception e -> throw new IllegalStateException(e);
                }
            }
        } catch (InterruptedException e) {
            throw Deadline.interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    Map<ObjectKey, Readiness> states() {
        lock.lock();
        try {
            return new LinkedHashMap<>(states);
        } finally {
            lock.unlock();
        }
    }
}
