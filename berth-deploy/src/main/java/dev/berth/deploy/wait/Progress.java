package dev.berth.deploy.wait;

import dev.berth.kubernetes.ObjectKey;
import java.util.Collection;

/** Is told how waiting goes on, by one thread at a time. */
public interface Progress {
    /** Hears nothing. */
    Progress SILENT = new Progress() {
        @Override
        public void waitsFor(Collection<ObjectKey> objects) {}

        @Override
        public void changed(ObjectKey object, Readiness now) {}

        @Override
        public void reports(FailureReport report) {}

        @Override
        public void says(String line) {}
    };

    /** Waiting begins, for those of the objects that were not ready at once. */
    void waitsFor(Collection<ObjectKey> objects);

    /** An object is in another state, or in the same one for another reason. */
    void changed(ObjectKey object, Readiness now);

    /** Something is wrong with an object, and this is what is known about it. */
    void reports(FailureReport report);

    /** One line about what takes time, such as that the API server does not answer. */
    void says(String line);
}
