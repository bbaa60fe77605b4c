package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedReadingTest {
    private static final int THREADS = 20;
    private static final int TIMES = 500;

    @Test
    void whatOneGetsWasReadAfterItAsked() throws Exception {
        AtomicLong state = new AtomicLong();
        AtomicInteger atOnce = new AtomicInteger();
        SharedReading<Long> reading = new SharedReading<>(() -> {
            assertThat(atOnce.incrementAndGet()).isEqualTo(1);
            long read = state.get();
            Thread.onSpinWait();
            atOnce.decrementAndGet();
            return read;
        });
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                all.add(threads.submit(() -> {
                    for (int time = 0; time < TIMES; time++) {
                        long before = state.incrementAndGet();
                        assertThat(reading.now()).isGreaterThanOrEqualTo(before);
                    }
                    return state.get();
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
        assertThat(state.get()).isEqualTo((long) THREADS * TIMES);
    }

    @Test
    void whoAsksMeanwhileSharesTheNextReading() throws Exception {
        AtomicInteger readings = new AtomicInteger();
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch ends = new CountDownLatch(1);
        SharedReading<Integer> reading = new SharedReading<>(() -> {
            int number = readings.incrementAndGet();
            began.countDown();
            await(ends);
            return number;
        });
        List<Thread> askers = new ArrayList<>();
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(task -> {
            Thread thread = new Thread(task);
            askers.add(thread);
            return thread;
        })) {
            Future<Integer> first = threads.submit(reading::now);
            await(began);
            List<Future<Integer>> others = new ArrayList<>();
            for (int other = 0; other < THREADS; other++) {
                others.add(threads.submit(reading::now));
            }
            for (Thread asker : askers.subList(1, askers.size())) {
                while (asker.getState() != Thread.State.WAITING) {
                    Thread.sleep(1);
                }
            }
            ends.countDown();
            assertThat(first.get()).isEqualTo(1);
            for (Future<Integer> other : others) {
                assertThat(other.get()).isEqualTo(2);
            }
        }
        assertThat(readings).hasValue(2);
    }

    @Test
    void aFailureIsToldAndDoesNotStay() throws IOException {
        AtomicInteger readings = new AtomicInteger();
        SharedReading<Integer> reading = new SharedReading<>(() -> {
            if (readings.incrementAndGet() == 1) {
                throw new IOException("no such table");
            }
            return readings.get();
        });
        assertThatThrownBy(reading::now).isInstanceOf(IOException.class).hasMessage("no such table");
        assertThat(reading.now()).isEqualTo(2);
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IOException("nobody counted down");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
