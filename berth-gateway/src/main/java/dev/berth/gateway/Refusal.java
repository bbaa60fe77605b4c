package dev.berth.gateway;

import dev.berth.wire.RemoteException;
import java.util.List;

/** What a client is told that asked for something that it does not get. */
final class Refusal {
    private Refusal() {}

    static RemoteException of(String message) {
        return new RemoteException(message, SessionLog.ERROR, List.of(), false);
    }
}
