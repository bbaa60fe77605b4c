package dev.berth.node.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.node.pods.PodRef;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** By a clock of its own: what is due is taken at once. */
class EventQueueTest {
    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private final AtomicLong clock = new AtomicLong();
    private final EventQueue queue = new EventQueue(INTERVAL, clock::get);

    private static EventKey key(String pod, Reason reason) {
        return EventKey.of(new PodRef("shop", pod, "uid-" + pod), reason);
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private EventQueue.Waiting taken() throws InterruptedException {
        return queue.take().orElseThrow();
    }

    @Test
    void whatWaitsIsToldOnceWithTheLastNote() throws InterruptedException {
        queue.put(key("a", Reason.FAILED_VOLUME_MOUNT), "first", false);
        queue.put(key("b", Reason.FAILED_VOLUME_MOUNT), "other", false);
        queue.put(key("a", Reason.FAILED_VOLUME_MOUNT), "second", false);
        EventQueue.Waiting a = taken();
        assertThat(a.note()).isEqualTo("second");
        assertThat(a.times()).isEqualTo(2);
        assertThat(taken().note()).isEqualTo("other");
        assertThat(queue.size()).isZero();
    }

    @Test
    void progressWaitsAndThenOnlyTheLastIsTold() throws InterruptedException {
        EventKey fetch = key("a", Reason.FETCH);
        for (int i = 0; i < 100; i++) {
            queue.put(fetch, "fetched " + i, true);
        }
        queue.put(key("a", Reason.VOLUME_MOUNT), "mounted", false);
        assertThat(taken().note()).as("what is due at once").isEqualTo("mounted");
        pass(INTERVAL);
        EventQueue.Waiting told = taken();
        assertThat(told.note()).isEqualTo("fetched 99");
        assertThat(told.times()).isEqualTo(1);
        // The next one waits as long again.
        queue.put(fetch, "fetched 100", true);
        queue.put(key("b", Reason.VOLUME_MOUNT), "other", false);
        assertThat(taken().note()).isEqualTo("other");
        pass(INTERVAL);
        assertThat(taken().note()).isEqualTo("fetched 100");
    }

    @Test
    void aReportTakesThePlaceOfItsProgress() throws InterruptedException {
        queue.put(key("a", Reason.FETCH), "fetched half", true);
        queue.put(key("a", Reason.FETCH), "fetched all", false);
        EventQueue.Waiting told = taken();
        assertThat(told.note()).isEqualTo("fetched all");
        assertThat(told.times()).isEqualTo(1);
        assertThat(queue.size()).isZero();
    }

    @Test
    void itHoldsSoManyAndNoMore() {
        for (int i = 0; i < EventQueue.MOST; i++) {
            assertThat(queue.put(key("pod-" + i, Reason.VOLUME_MOUNT), "x", false))
                    .isTrue();
        }
        assertThat(queue.put(key("one-more", Reason.VOLUME_MOUNT), "x", false)).isFalse();
        assertThat(queue.put(key("pod-7", Reason.VOLUME_MOUNT), "again", false)).isTrue();
        assertThat(queue.size()).isEqualTo(EventQueue.MOST);
    }

    @Test
    void whatCouldNotBeToldIsNotLost() throws InterruptedException {
        EventKey key = key("a", Reason.FAILED_VOLUME_MOUNT);
        queue.put(key, "first", false);
        EventQueue.Waiting untold = taken();
        queue.put(key, "second", false);
        queue.putBack(untold);
        EventQueue.Waiting both = taken();
        assertThat(both.note()).isEqualTo("second");
        assertThat(both.times()).isEqualTo(2);
        queue.putBack(both);
        assertThat(taken()).isEqualTo(both);
    }

    @Test
    void afterItIsClosedTheRestIsDue() throws InterruptedException {
        queue.put(key("a", Reason.FETCH), "fetched half", true);
        queue.close();
        assertThat(queue.put(key("b", Reason.VOLUME_MOUNT), "late", false)).isFalse();
        assertThat(taken().note()).isEqualTo("fetched half");
        assertThat(queue.take()).isEqualTo(Optional.empty());
    }
}
