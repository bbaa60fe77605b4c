package dev.berth.deploy.wait;

import dev.berth.kubernetes.ClusterException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Whether the API server answers, told once each time that it changes, whoever finds out; short absences are not told. */
final class Contact {
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final Duration LOOK = Duration.ofSeconds(1);

    private record Loss(ClusterException why, Deadline told) {}

    private final Consumer<String> tell;
    private Optional<Loss> loss = Optional.empty();
    private boolean away;

    Contact(Consumer<String> tell) {
        this.tell = tell;
    }

    /** A connection was lost, or could not be made. */
    synchronized void lost(ClusterException why) {
        loss = loss.or(() -> Optional.of(new Loss(why, Deadline.in(SHORT))));
    }

    /** The server answered. */
    synchronized void made() {
        loss = Optional.empty();
        if (away) {
            away = false;
            tell.accept("the API server answers again");
        }
    }

    /** Tells of absences until the deadline. */
    void watch(Deadline deadline) throws InterruptedIOException {
        while (!deadline.over()) {
            deadline.pause(LOOK);
            look();
        }
    }

    private synchronized void look() {
        if (!away && loss.isPresent() && loss.get().told().over()) {
            away = true;
            tell.accept("waiting for the API server: " + loss.get().why().getMessage());
        }
    }

    synchronized boolean isAway() {
        return away;
    }
}
