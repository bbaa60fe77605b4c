package dev.berth.wire.worker;

import dev.berth.nix.StoreDir;
import java.util.Set;

/**
 * What both sides of a connection have agreed upon, which decides the shape of everything.
 *
 * @param storeDir of all paths
 * @param minor of protocol 1, from {@link #OLDEST} to {@link #NEWEST}
 * @param features of protocol 1.38 that both know
 */
record Dialect(StoreDir storeDir, int minor, Set<String> features) {
    /** Nix 2.1. */
    static final int OLDEST = 21;

    /** Nix 2.24 and later. */
    static final int NEWEST = 38;

    static final int CLIENT_MAGIC = 0x6e697863;
    static final int SERVER_MAGIC = 0x6478696f;

    /** Realisations name derivations by path; from Nix 2.35 on. */
    static final String REALISATION_WITH_PATH = "realisation-with-path-not-hash";

    /** All features that are spoken here. */
    static final Set<String> KNOWN_FEATURES = Set.of(REALISATION_WITH_PATH);

    Dialect {
        features = Set.copyOf(features);
    }

    /** The version on the wire. */
    static int version(int minor) {
        return 1 << 8 | minor;
    }

    static int majorOf(long version) {
        return (int) (version >> 8);
    }

    static int minorOf(long version) {
        return (int) (version & 0xff);
    }

    boolean atLeast(int wanted) {
        return minor >= wanted;
    }

    boolean realisationWithPath() {
        return features.contains(REALISATION_WITH_PATH);
    }

    @Override
    public String toString() {
        return "1." + minor;
    }
}
