package dev.berth.deploy.apply;

import dev.berth.kubernetes.ObjectKey;

/**
 * An object with the discriminator that is not deleted, though the manifest lacks it.
 *
 * @param key which
 * @param why one line
 */
public record Kept(ObjectKey key, String why) {}
