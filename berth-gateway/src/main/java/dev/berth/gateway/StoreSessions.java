package dev.berth.gateway;

import dev.berth.wire.SessionDrain;
import dev.berth.wire.SessionLimits;
import dev.berth.wire.StoreService;
import dev.berth.wire.Transport;
import dev.berth.wire.serve.ServeSession;
import dev.berth.wire.worker.WorkerSession;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** The sessions of one store, from all fronts. Any thread. */
final class StoreSessions implements Sessions {
    private static final long PAUSE_MILLIS = 20;
    private static final Duration TELL = Duration.ofSeconds(5);
    private static final String STOPPING = "the gateway stops: try again later";

    private final StoreService store;
    private final SessionLimits limits;
    private final SessionDrain drain = new SessionDrain();
    private final Set<Transport> open = ConcurrentHashMap.newKeySet();
    private final LongAdder accepted = new LongAdder();
    private volatile boolean stopping;

    StoreSessions(StoreService store, SessionLimits limits) {
        this.store = store;
        this.limits = limits;
    }

    @Override
    public void worker(Role role, Transport transport) {
        if (stopping) {
            refuse(transport, STOPPING);
            return;
        }
        accepted.increment();
        open.add(transport);
        try {
            WorkerSession.serve(RoleService.of(store, role), role.trusted(), transport, limits, drain);
        } finally {
            open.remove(transport);
        }
    }

    @Override
    public int serve(Role role, boolean write, Transport transport, OutputStream errors) {
        StoreService served = stopping ? new RefusingService(store, STOPPING) : RoleService.of(store, role);
        accepted.increment();
        open.add(transport);
        try {
            return ServeSession.serve(served, role.trusted(), write, transport, errors, limits, drain);
        } finally {
            open.remove(transport);
        }
    }

    @Override
    public void refuse(Transport transport, String reason) {
        SessionLimits brief = new SessionLimits(TELL, TELL, TELL, limits.maxMessage());
        WorkerSession.serve(new RefusingService(store, reason), false, transport, brief);
    }

    /** How many sessions have begun. */
    long accepted() {
        return accepted.sum();
    }

    /** How many sessions there are. */
    int count() {
        return open.size();
    }

    /**
     * Begins no session any more, ends those that wait for their client, and lets the others end what they do.
     *
     * @param limit then all that are left are ended
     * @return how many had to be ended
     */
    int stop(Duration limit) throws InterruptedException {
        stopping = true;
        drain.stop();
        long deadline = System.nanoTime() + limit.toNanos();
        while (!open.isEmpty() && System.nanoTime() - deadline < 0) {
            Thread.sleep(PAUSE_MILLIS);
        }
        int left = open.size();
        open.forEach(Transport::close);
        return left;
    }
}
