package dev.berth.node.garbage;

import dev.berth.store.usage.CollectionReport;
import java.time.Duration;

/** Is told how collections end, for figures. Called by one thread; throws nothing. */
public interface GarbageListener {
    /** Takes no notice. */
    GarbageListener NONE = new GarbageListener() {
        @Override
        public void collected(CollectionReport report, Duration took) {}

        @Override
        public void failed(Duration took) {}
    };

    /** A collection was done. */
    void collected(CollectionReport report, Duration took);

    /** A collection was not done, or not to its end. */
    void failed(Duration took);
}
