package dev.berth.store.cache;

import dev.berth.store.StoreException;
import java.io.IOException;

/** Bytes of a cache that could not be got, as opposed to bytes that are wrong. */
final class TransportException extends IOException {
    private final StoreException.Kind kind;
    private final String message;
    private final boolean mayPass;

    /**
     * @param message one line for the user, with the address in it
     * @param mayPass whether trying again soon makes sense
     */
    TransportException(StoreException.Kind kind, String message, boolean mayPass) {
        super(message);
        this.kind = kind;
        this.message = message;
        this.mayPass = mayPass;
    }

    TransportException(StoreException.Kind kind, String message, boolean mayPass, Throwable cause) {
        this(kind, message, mayPass);
        initCause(cause);
    }

    /** The same for another thread that it concerns. */
    TransportException again() {
        return new TransportException(kind, message, mayPass, this);
    }

    boolean mayPass() {
        return mayPass;
    }

    StoreException toStoreException() {
        return new StoreException(kind, message, this);
    }
}
