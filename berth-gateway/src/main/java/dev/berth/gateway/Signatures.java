package dev.berth.gateway;

import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StoreDir;

/** Who may add a path as it is elsewhere (libstore/local-store.cc, {@code pathInfoIsUntrusted}). */
final class Signatures {
    private Signatures() {}

    /** Refuses a path that is neither content-addressed nor signed by a trusted key, unless none need be. */
    static void require(PathInfo info, StoreDir storeDir, ServiceSettings settings) {
        if (settings.requireSignatures() && !info.isTrustedBy(storeDir, settings.trustedKeys())) {
            throw Refusal.of("cannot add path '" + storeDir.print(info.path())
                    + "' because it lacks a signature by a trusted key");
        }
    }

    /** Refuses a realisation that no trusted key signed, unless none need be. Others' builds will take its path. */
    static void require(Realisation realisation, ServiceSettings settings) {
        if (settings.requireSignatures()
                && realisation.signers(settings.trustedKeys()).isEmpty()) {
            throw Refusal.of("cannot register realisation '" + realisation.outPath()
                    + "' because it lacks a signature by a trusted key");
        }
    }
}
