package dev.berth.gateway;

import dev.berth.nix.StorePath;
import dev.berth.store.Substituters;
import dev.berth.store.local.LocalStore;

/**
 * What all operations of a session on a local store work with.
 *
 * @param store the session's own view of the store, with its temporary roots
 * @param trusted whether the client may do everything
 */
record Context(
        LocalStore store, boolean trusted, SessionLog log, SessionSettings settings, SessionSubstituters fetching) {
    String show(StorePath path) {
        return store.storeDir().print(path);
    }

    boolean isValid(StorePath path) {
        return store.pathInfo(path).isPresent();
    }

    /** Those that the session fetches from now; maybe none. */
    Substituters substituters() {
        return fetching.of(settings.now());
    }

    void requireTrust(String refusal) {
        if (!trusted) {
            throw Refusal.of(refusal);
        }
    }
}
