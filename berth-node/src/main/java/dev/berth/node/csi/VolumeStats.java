package dev.berth.node.csi;

/**
 * The space of the file system that a volume lies on, and whether the volume is as it should be.
 *
 * @param bytes in bytes
 * @param inodes in inodes
 * @param healthy whether it is still mounted
 * @param condition one line that says so
 */
public record VolumeStats(Usage bytes, Usage inodes, boolean healthy, String condition) {
    /**
     * Space of one kind, each at least 0.
     *
     * @param total of the file system
     * @param used of it
     * @param available to those without privileges
     */
    public record Usage(long total, long used, long available) {}
}
