package dev.berth.node.injection;

/**
 * What the agent remembers of a container that gets a closure, from before the runtime makes it until the runtime has removed it.
 *
 * @param id the runtime's id of it
 * @param sandbox the runtime's id of its pod's sandbox
 * @param owner whose it is
 * @param hostUsers whether it has the node's user ids; if not ({@code hostUsers: false}), its closure is mounted with mapped ids
 * @param injection what it gets
 * @param tree the key of the presented closure; empty as long as that is not there
 * @param bytes the NAR sizes of that closure together
 * @param shown whether the closure is in the container
 * @param ended whether it has ended, and only waits to be removed
 */
public record ContainerRecord(
        String id,
        String sandbox,
        PodContainer owner,
        boolean hostUsers,
        Injection injection,
        String tree,
        long bytes,
        boolean shown,
        boolean ended) {
    /** Of a container that is about to be made. */
    static ContainerRecord of(String id, String sandbox, PodContainer owner, boolean hostUsers, Injection injection) {
        return new ContainerRecord(id, sandbox, owner, hostUsers, injection, "", 0, false, false);
    }

    /** With the presented closure. */
    public ContainerRecord withTree(String key, long size) {
        return new ContainerRecord(id, sandbox, owner, hostUsers, injection, key, size, shown, ended);
    }

    /** With the closure in the container. */
    public ContainerRecord asShown() {
        return new ContainerRecord(id, sandbox, owner, hostUsers, injection, tree, bytes, true, ended);
    }

    /** When it has ended. */
    public ContainerRecord asEnded() {
        return new ContainerRecord(id, sandbox, owner, hostUsers, injection, tree, bytes, shown, true);
    }
}
