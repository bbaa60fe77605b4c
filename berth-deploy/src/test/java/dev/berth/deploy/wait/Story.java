package dev.berth.deploy.wait;

import dev.berth.kubernetes.ObjectKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** What a test was told while it waited, in lines, and a way to wait for one of them. */
final class Story implements Progress {
    private record Expected(Predicate<String> line, CountDownLatch told) {}

    private final List<String> lines = new ArrayList<>();
    private final List<Expected> expected = new ArrayList<>();

    private synchronized void add(String line) {
        lines.add(line);
        expected.stream()
                .filter(one -> one.line().test(line))
                .forEach(one -> one.told().countDown());
    }

    @Override
    public void waitsFor(Collection<ObjectKey> objects) {
        add("waits for " + objects);
    }

    @Override
    public void changed(ObjectKey object, Readiness now) {
        add(object + " " + now);
    }

    @Override
    public void reports(FailureReport report) {
        add("report on " + report.object() + "\n" + String.join("\n", report.lines()));
    }

    @Override
    public void says(String line) {
        add("says " + line);
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    /** Returns when a line was told, now or later; fails the test after a minute. */
    void until(Predicate<String> line) {
        CountDownLatch told = new CountDownLatch(1);
        synchronized (this) {
            if (lines.stream().anyMatch(line)) {
                return;
            }
            expected.add(new Expected(line, told));
        }
        try {
            if (!told.await(60, TimeUnit.SECONDS)) {
                throw new AssertionError("not told within a minute; " + lines());
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
