package dev.berth.node.injection;

import dev.berth.linux.DetachedMount;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The closures that containers have: in the store, presented, and held there as long as a container has a record. Records survive the agent; those of
 * an earlier boot are gone. Any thread; calls for one container wait for each other.
 */
public interface ContainerClosures {
    /** All records. */
    List<ContainerRecord> all();

    /** The record of a container. */
    Optional<ContainerRecord> find(String id);

    /** Writes the record of a new container and holds its packages, which need not be there yet. Fast. */
    void add(ContainerRecord container) throws IOException;

    /**
     * Fetches what is missing and presents the closure.
     *
     * @param allowed how long that may take
     * @param givenUp completed when the container is not wanted any more
     * @return the record with the presented tree
     * @throws dev.berth.node.csi.CsiException if that failed, or the deadline came first; the message is one line
     * @throws dev.berth.store.StoreException if the closure can't be had
     * @throws IllegalStateException if the container was removed meanwhile
     */
    ContainerRecord prepare(String id, Duration allowed, CompletableFuture<?> givenUp);

    /** What a prepared container is to see at {@code /nix}: not attached yet, private, read-only unless the container may write. */
    DetachedMount nix(ContainerRecord container) throws IOException, InterruptedException;

    /** Notes that the closure is in the container. */
    void shown(String id) throws IOException;

    /** Notes that a container has ended, so that it counts for nothing in its namespace; does nothing for an unknown one. */
    void ended(String id) throws IOException;

    /** Forgets a container that has ended, with what it wrote; does nothing for an unknown one. */
    void remove(String id) throws IOException;
}
