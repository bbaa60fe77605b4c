package dev.berth.wire.worker;

import dev.berth.wire.RemoteException;
import java.io.IOException;

/** An error that the daemon told, on its way out of an exchange. */
final class DaemonErrorException extends IOException {
    private final RemoteException error;

    DaemonErrorException(RemoteException error) {
        super(error.getMessage(), error);
        this.error = error;
    }

    RemoteException error() {
        return error;
    }
}
