package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What one collection is about to delete of a cache, told to all who serve it: who relies on a path of these spares it, and
 * so all that it needs. One thread.
 */
final class Condemnation implements AutoCloseable {
    private final CollectionNotes notes;
    private final PathGraph graph;
    private final Set<StorePath> left;
    private final BitSet needed = new BitSet();

    /**
     * @param holder of the turn to collect
     * @param victims each in front of what it needs
     */
    Condemnation(CollectionNotes notes, String holder, PathGraph graph, List<StorePath> victims) {
        this.notes = notes;
        this.graph = graph;
        this.left = new HashSet<>(victims);
        notes.condemn(holder, victims);
    }

    /**
     * Makes up its mind about the next victims.
     *
     * @return what nobody can spare any more; for the others it is what they need that is spared, too. {@link #done} ends it
     */
    Set<StorePath> decide(List<StorePath> next) {
        Set<StorePath> condemned = notes.decide(next);
        Set<StorePath> spared = new HashSet<>(left);
        spared.removeAll(condemned);
        graph.addClosure(spared, needed);
        Set<StorePath> going = new HashSet<>(next);
        going.removeIf(path -> needed.get(graph.number(path).orElseThrow()));
        return going;
    }

    /** These are gone, or stay. */
    void done(Collection<StorePath> paths) {
        notes.release(paths);
        left.removeAll(paths);
    }

    /** Whatever is left stays. */
    @Override
    public void close() {
        notes.release(left);
    }
}
