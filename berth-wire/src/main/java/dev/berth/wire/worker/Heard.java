package dev.berth.wire.worker;

import dev.berth.wire.RemoteException;
import dev.berth.wire.WireException;
import java.io.IOException;

/** What ends the words of a daemon, at least for now. */
sealed interface Heard {
    /** The answer follows. */
    record Last() implements Heard {}

    /** The operation failed. */
    record Failed(RemoteException error) implements Heard {}

    /** The daemon wants up to so many bytes of the upload; before 1.23. */
    record Wanted(long length) implements Heard {}

    /**
     * Goes on to the answer.
     *
     * @throws DaemonErrorException if there is none, as the operation has failed
     */
    default void conclude() throws IOException {
        switch (this) {
            case Last _ -> {}
            case Failed(RemoteException error) -> throw new DaemonErrorException(error);
            case Wanted _ -> throw new WireException("the daemon asks for an upload where there is none");
        }
    }
}
