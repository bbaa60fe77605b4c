package dev.berth.gateway;

import dev.berth.store.Substituters;
import java.util.Optional;

/** The substituters of a session, which change with its settings. One thread. */
final class SessionSubstituters implements AutoCloseable {
    private final SubstituterPool pool;
    private Optional<SubstituterPool.Lease> current = Optional.empty();

    SessionSubstituters(SubstituterPool pool) {
        this.pool = pool;
    }

    /** The substituters for these settings; none if nothing is to be fetched. */
    Substituters of(ServiceSettings settings) {
        SubstituterPool.Lease lease = current.filter(it -> it.isFor(settings)).orElseGet(() -> {
            close();
            return pool.lease(settings);
        });
        current = Optional.of(lease);
        return lease.substituters();
    }

    @Override
    public void close() {
        current.ifPresent(SubstituterPool.Lease::close);
        current = Optional.empty();
    }
}
