package dev.berth.kubernetes;

/**
 * How to apply an object.
 *
 * @param fieldManager in whose name; 1 to 128 characters
 * @param force whether to take fields from other managers; without it those are a {@link ClusterException.Kind#CONFLICT}
 * @param dryRun whether the server is only to say what would come of it
 */
public record ApplyOptions(String fieldManager, boolean force, boolean dryRun) {}
