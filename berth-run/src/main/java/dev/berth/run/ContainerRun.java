package dev.berth.run;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Runs one container, again and again as its pod's policy says, until it is done or told to end. */
final class ContainerRun {
    private final PodEnvironment environment;
    private final Pod.Container container;
    private final Restarts restarts;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable ContainerProcess process;
    private boolean ending;

    ContainerRun(PodEnvironment environment, Pod.Container container, Restarts restarts) {
        this.environment = environment;
        this.container = container;
        this.restarts = restarts;
    }

    /**
     * Runs it to the last end.
     *
     * @return the last exit code; 0 if it was told to end before it was started
     * @throws RunException if it can't be started
     */
    int run() throws InterruptedException {
        int code = 0;
        for (int again = 0; !ended(); again++) {
            code = once();
            if (ended() || !restarts.again(code, again)) {
                break;
            }
            environment
                    .console()
                    .say(environment.pod().label() + "/" + container.name() + " exited with " + code
                            + ", starting it again in " + Restarts.pause(again).toSeconds() + " s");
            pause(Restarts.pause(again));
        }
        return code;
    }

    private int once() throws InterruptedException {
        ContainerProcess started = ContainerProcess.start(environment, container);
        lock.lock();
        try {
            process = started;
        } finally {
            lock.unlock();
        }
        if (ended()) {
            started.end(Duration.ZERO);
        }
        return started.waitFor();
    }

    private boolean ended() {
        lock.lock();
        try {
            return ending;
        } finally {
            lock.unlock();
        }
    }

    private void pause(Duration time) throws InterruptedException {
        lock.lock();
        try {
            long left = time.toNanos();
            while (!ending && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends it, now or as soon as it is started; returns when its process is gone. */
    void end(Duration grace) throws InterruptedException {
        ContainerProcess now;
        lock.lock();
        try {
            ending = true;
            changed.signalAll();
            now = process;
        } finally {
            lock.unlock();
        }
        if (now != null) {
            now.end(grace);
        }
    }

    /** The longest that {@link #end} takes beside the grace. */
    static Duration slack() {
        return Duration.ofSeconds(15);
    }
}
