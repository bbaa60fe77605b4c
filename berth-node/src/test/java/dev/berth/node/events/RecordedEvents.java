package dev.berth.node.events;

import dev.berth.node.pods.PodRef;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what it is told, for tests to look at. */
public final class RecordedEvents implements PodEvents {
    /**
     * What was told.
     *
     * @param pod {@link PodRef#NONE} for the node
     * @param progress whether it was told as progress
     */
    public record Told(PodRef pod, Reason reason, String note, boolean progress) {}

    private final List<Told> all = new CopyOnWriteArrayList<>();

    /** All that was told, in the order in which it was. */
    public List<Told> all() {
        return List.copyOf(all);
    }

    /** The notes that were told of a reason. */
    public List<String> notes(Reason reason) {
        return all.stream()
                .filter(told -> told.reason() == reason)
                .map(Told::note)
                .toList();
    }

    @Override
    public void report(PodRef pod, Reason reason, String note) {
        all.add(new Told(pod, reason, note, false));
    }

    @Override
    public void progress(PodRef pod, Reason reason, String note) {
        all.add(new Told(pod, reason, note, true));
    }

    @Override
    public void reportNode(Reason reason, String note) {
        all.add(new Told(PodRef.NONE, reason, note, false));
    }
}
