package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.time.Instant;

/**
 * A path that goes.
 *
 * @param path which
 * @param lastUse when it, or anything that needs it, was last used, or else came into the store
 * @param size in bytes, as the policy counts them
 * @param reason for people: {@code unused for 41 d}
 */
public record CollectedPath(StorePath path, Instant lastUse, long size, String reason) {}
