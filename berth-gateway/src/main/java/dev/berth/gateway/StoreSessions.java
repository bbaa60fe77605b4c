package dev.berth.gateway;

import dev.berth.wire.SessionLimits;
import dev.berth.wire.StoreService;
import dev.berth.wire.Transport;
import dev.berth.wire.serve.ServeSession;
import dev.berth.wire.worker.WorkerSession;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The sessions of one store, from all fronts. Any thread. */
final class StoreSessions implements Sessions {
    private static final long IDLE_NANOS = 500_000_000;
    private static final long PAUSE_MILLIS = 20;
    private static final Duration TELL = Duration.ofSeconds(5);

    private final StoreService store;
    private final SessionLimits limits;
    private final Set<OpenSession> open = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    StoreSessions(StoreService store, SessionLimits limits) {
        this.store = store;
        this.limits = limits;
    }

    @Override
    public void worker(Role role, Transport transport) {
        if (stopping) {
            refuse(transport, "the gateway stops: try again later");
            return;
        }
        OpenSession session = new OpenSession(transport);
        open.add(session);
        try {
            WorkerSession.serve(RoleService.of(store, role), role.trusted(), session, limits);
        } finally {
            open.remove(session);
        }
    }

    @Override
    public int serve(Role role, boolean write, Transport transport, OutputStream errors) {
        StoreService served = stopping
                ? new RefusingService(store, "the gateway stops: try again later")
                : RoleService.of(store, role);
        OpenSession session = new OpenSession(transport);
        open.add(session);
        try {
            return ServeSession.serve(served, role.trusted(), write, session, errors, limits);
        } finally {
            open.remove(session);
        }
    }

    @Override
    public void refuse(Transport transport, String reason) {
        SessionLimits brief = new SessionLimits(TELL, TELL, TELL, limits.maxMessage());
        WorkerSession.serve(new RefusingService(store, reason), false, transport, brief);
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
        long deadline = System.nanoTime() + limit.toNanos();
        while (!open.isEmpty() && System.nanoTime() - deadline < 0) {
            for (OpenSession session : open) {
                if (session.isIdle(IDLE_NANOS)) {
                    session.close();
                }
            }
            Thread.sleep(PAUSE_MILLIS);
        }
        int left = open.size();
        open.forEach(OpenSession::close);
        return left;
    }
}
