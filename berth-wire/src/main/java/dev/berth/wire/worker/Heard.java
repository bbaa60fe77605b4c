package dev.berth.wire.worker;

import dev.berth.wire.RemoteException;

/** What ends the words of a daemon, at least for now. */
sealed interface Heard {
    /** The answer follows. */
    record Last() implements Heard {}

    /** The operation failed. */
    record Failed(RemoteException error) implements Heard {}

    /** The daemon wants up to so many bytes of the upload; before 1.23. */
    record Wanted(long length) implements Heard {}
}
