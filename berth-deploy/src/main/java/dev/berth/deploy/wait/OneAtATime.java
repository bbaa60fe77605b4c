package dev.berth.deploy.wait;

import dev.berth.kubernetes.ObjectKey;
import java.util.Collection;

/** Tells another one, from any thread, so that it hears of one thing at a time. */
final class OneAtATime implements Progress {
    private final Progress to;

    OneAtATime(Progress to) {
        this.to = to;
    }

    @Override
    public synchronized void waitsFor(Collection<ObjectKey> objects) {
        to.waitsFor(objects);
    }

    @Override
    public synchronized void changed(ObjectKey object, Readiness now) {
        to.changed(object, now);
    }

    @Override
    public synchronized void reports(FailureReport report) {
        to.reports(report);
    }

    @Override
    public synchronized void says(String line) {
        to.says(line);
    }
}
