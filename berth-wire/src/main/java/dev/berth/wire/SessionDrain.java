package dev.berth.wire;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lets the sessions of a server end between operations: those that wait for a client are closed at once, those that work
 * end when they have answered. Safe for use by many threads.
 */
public final class SessionDrain {
    private final Set<Transport> idle = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    /** From now on no session begins another operation. */
    public void stop() {
        stopping = true;
        idle.forEach(Transport::close);
    }

    /**
     * A session waits for an operation.
     *
     * @param transport closed if the time has come
     * @return whether it may wait
     */
    public boolean enterIdle(Transport transport) {
        idle.add(transport);
        if (stopping) {
            idle.remove(transport);
            return false;
        }
        return true;
    }

    /** It waits no longer. */
    public void leaveIdle(Transport transport) {
        idle.remove(transport);
    }
}
