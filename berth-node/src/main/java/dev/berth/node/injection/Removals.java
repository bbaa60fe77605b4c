package dev.berth.node.injection;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets containers that are gone. What can't be removed at once, because a tree of links is just being made for it or the disk is full, is tried
 * again in the background: the runtime tells only once that a container is gone, and its closure would be held until the agent starts anew.
 */
final class Removals implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Removals.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    /** The pauses double: after all of them, more than half an hour has passed. */
    private static final int TRIES = 11;

    private final ContainerClosures closures;
    private final CountDownLatch closed = new CountDownLatch(1);

    Removals(ContainerClosures closures) {
        this.closures = closures;
    }

    /** Removes what is left of a container, now or later. */
    void remove(String id) {
        try {
            closures.remove(id);
        } catch (IOException e) {
            LOG.warn("cannot remove what container {} left, it is tried again: {}", id, e.getMessage());
            Thread.ofVirtual().name("berth-removal").start(() -> tryAgain(id));
        }
    }

    private void tryAgain(String id) {
        try {
            Duration pause = FIRST_PAUSE;
            for (int i = 0; i < TRIES; i++) {
                if (closed.await(pause.toMillis(), TimeUnit.MILLISECONDS) || removed(id)) {
                    return;
                }
                pause = pause.multipliedBy(2);
            }
            LOG.error("what container {} left stays until the agent starts anew", id);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean removed(String id) {
        try {
            closures.remove(id);
            LOG.info("what container {} left is removed now", id);
            return true;
        } catch (IOException e) {
            LOG.debug("cannot yet remove what container {} left: {}", id, e.getMessage());
            return false;
        }
    }

    /** Tries no more; the next agent does. */
    @Override
    public void close() {
        closed.countDown();
    }
}
