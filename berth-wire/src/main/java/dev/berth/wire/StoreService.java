package dev.berth.wire;

import dev.berth.nix.StoreDir;
import java.util.Set;

/** A store that is served to clients. Safe for use by many threads. */
public interface StoreService {
    /** The store dir of its paths. */
    StoreDir storeDir();

    /**
     * The version of Nix that clients are told, which they compare: the upstream's if this is a proxy, such as
     * {@code 2.26.3}.
     */
    String nixVersion();

    /** The features of protocol 1.38 that it can do; what both sides know is used. */
    Set<String> features();

    /** What to tell a client that this side trusts, or not; for a proxy the upstream has a word in it. */
    TrustedFlag trustedFlag(boolean trusted);

    /**
     * Opens a session.
     *
     * @param trusted whether the client may do everything
     * @param log takes what the store says while it works for this session
     */
    StoreOperations open(boolean trusted, LogSink log);
}
