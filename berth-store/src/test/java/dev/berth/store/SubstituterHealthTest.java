package dev.berth.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When a substituter is asked, by a clock that stands until it is moved. */
final class SubstituterHealthTest {
    private long now = Long.MAX_VALUE - 5; // a clock may wrap
    private final SubstituterHealth health = new SubstituterHealth(() -> now);

    private static StoreException why(String text) {
        return new StoreException(StoreException.Kind.UNAVAILABLE, text);
    }

    private void passes(Duration time) {
        now += time.toNanos();
    }

    private void answers(int times) {
        for (int i = 0; i < times; i++) {
            health.answered(true);
        }
    }

    @Test
    void oneThatNeverAnsweredIsLeftAloneAtOnceAndForLongerEachTime() {
        health.failed(why("first"));
        assertThat(health.leftAlone()).map(StoreException::getMessage).contains("first");
        Duration pause = SubstituterHealth.FIRST_PAUSE;
        for (int i = 0; i < 12; i++) {
            passes(pause.minusNanos(1));
            assertThat(health.leftAlone()).as("%s", pause).isPresent();
            passes(Duration.ofNanos(1));
            assertThat(health.leftAlone()).as("the question that finds out").isEmpty();
            assertThat(health.leftAlone()).as("others wait for its outcome").isPresent();
            health.failed(why("again " + i));
            assertThat(health.leftAlone()).map(StoreException::getMessage).contains("again " + i);
            pause = pause.multipliedBy(2);
            if (pause.compareTo(SubstituterHealth.LONGEST_PAUSE) > 0) {
                pause = SubstituterHealth.LONGEST_PAUSE;
            }
        }
        passes(pause);
        assertThat(health.leftAlone()).isEmpty();
        health.answered(true);
        assertThat(health.leftAlone()).isEmpty();
        assertThat(health.isDown()).isFalse();
    }

    @Test
    void failuresUnderWayDoNotAddUp() {
        for (int i = 0; i < 24; i++) {
            health.failed(why("together"));
        }
        passes(SubstituterHealth.FIRST_PAUSE);
        assertThat(health.leftAlone()).isEmpty();
    }

    @Test
    void singleFailuresAmongAnswersAreForgiven() {
        answers(10);
        for (int i = 0; i < 100; i++) {
            health.failed(why("now and then"));
            assertThat(health.leftAlone()).as("%d", i).isEmpty();
            answers(2);
        }
    }

    @Test
    void aStreakOfFailuresIsNotForgiven() {
        answers(60);
        for (int i = 0; i < SubstituterHealth.STREAK; i++) {
            assertThat(health.leftAlone()).isEmpty();
            health.failed(why("gone"));
        }
        assertThat(health.leftAlone()).isPresent();
    }

    @Test
    void mostAnswersDecide() {
        answers(1);
        int asked = 1;
        while (health.leftAlone().isEmpty() && asked < 200) {
            health.failed(why("two of three"));
            health.failed(why("two of three"));
            asked += 2;
            if (health.leftAlone().isEmpty()) {
                answers(1);
                asked++;
            }
        }
        assertThat(asked).isBetween(SubstituterHealth.LEAST, SubstituterHealth.LEAST + 3);
    }

    @Test
    void theWindowForgets() {
        answers(2);
        for (int i = 0; i < 3; i++) {
            health.failed(why("before"));
        }
        answers(SubstituterHealth.WINDOW);
        health.failed(why("one"));
        assertThat(health.leftAlone()).isEmpty();
    }

    @Test
    void aSlowOneIsAskedLastUntilItIsQuick() {
        assertThat(health.isSlow()).isFalse();
        health.late();
        assertThat(health.isSlow()).isTrue();
        assertThat(health.leftAlone()).isEmpty();
        health.answered(false);
        assertThat(health.isSlow()).isTrue();
        passes(SubstituterHealth.FIRST_PAUSE);
        assertThat(health.isSlow()).isFalse();
        health.late();
        passes(SubstituterHealth.FIRST_PAUSE);
        assertThat(health.isSlow()).as("twice as long").isTrue();
        health.answered(true);
        assertThat(health.isSlow()).isFalse();
    }
}
