package dev.berth.deploy.wait;

import dev.berth.deploy.cluster.ClusterException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Whether the API server answers, told once each time that it changes, whoever finds out. */
final class Contact {
    private final AtomicBoolean away = new AtomicBoolean();
    private final Consumer<String> tell;

    Contact(Consumer<String> tell) {
        this.tell = tell;
    }

    void lost(ClusterException why) {
        if (!away.getAndSet(true)) {
            tell.accept("waiting for the API server: " + why.getMessage());
        }
    }

    void made() {
        if (away.getAndSet(false)) {
            tell.accept("the API server answers again");
        }
    }

    boolean isAway() {
        return away.get();
    }
}
