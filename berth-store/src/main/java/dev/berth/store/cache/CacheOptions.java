package dev.berth.store.cache;

import dev.berth.nix.SecretKey;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a binary cache is used, as the parameters of its URI say it (libstore/binary-cache-store.hh).
 *
 * @param encoder how NARs are compressed that are written
 * @param signingKey signs each path that is written
 * @param writeListing whether a {@code .ls} file is written beside each narinfo
 * @param indexDebugInfo whether a {@code debuginfo/} file is written for each file of debugging information
 * @param wantMassQuery in place of what {@code nix-cache-info} says, and written to a new one
 * @param priority in place of what {@code nix-cache-info} says, and written to a new one
 * @param sync whether each file is on the disk before it appears
 */
record CacheOptions(
        Encoder encoder,
        Optional<SecretKey> signingKey,
        boolean writeListing,
        boolean indexDebugInfo,
        Optional<Boolean> wantMassQuery,
        OptionalInt priority,
        boolean sync) {}
