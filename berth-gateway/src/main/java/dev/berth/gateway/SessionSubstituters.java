package dev.berth.gateway;

import dev.berth.store.StoreSettings;
import dev.berth.store.Substituters;

/** The substituters of a session: those of the service, or its own if it chose others or other keys. One thread. */
final class SessionSubstituters implements AutoCloseable {
    private final Substituters shared;
    private final ServiceSettings service;
    private final StoreSettings fetching;
    private Substituters own;
    private ServiceSettings ownSettings;

    SessionSubstituters(Substituters shared, ServiceSettings service, StoreSettings fetching) {
        this.shared = shared;
        this.service = service;
        this.fetching = fetching;
        this.own = shared;
        this.ownSettings = service;
    }

    /** The substituters for these settings; none if nothing is to be fetched. */
    Substituters of(ServiceSettings settings) {
        if (!isSame(settings, ownSettings)) {
            close();
            own = isSame(settings, service)
                    ? shared
                    : Substituters.open(settings.fetchesFrom(), settings.trustedKeys(), fetching);
            ownSettings = settings;
        }
        return own;
    }

    private static boolean isSame(ServiceSettings one, ServiceSettings other) {
        return one.fetchesFrom().equals(other.fetchesFrom())
                && one.trustedKeys().equals(other.trustedKeys());
    }

    @Override
    public void close() {
        if (own != shared) {
            own.close();
        }
        own = shared;
        ownSettings = service;
    }
}
