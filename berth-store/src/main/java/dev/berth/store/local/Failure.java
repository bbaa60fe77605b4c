package dev.berth.store.local;

import dev.berth.nix.FormatException;
import dev.berth.nix.nar.NarException;
import dev.berth.store.StoreException;
import java.io.IOException;

/** Turns what the system says into what a store says. */
final class Failure {
    private Failure() {}

    /**
     * @param what what was tried, such as {@code adding <path>}
     * @param cause why it failed
     */
    static StoreException of(String what, IOException cause) {
        return new StoreException(kind(cause), what + ": " + cause.getMessage(), cause);
    }

    /** As above, of a format that does not hold: the content is corrupt. */
    static StoreException of(String what, FormatException cause) {
        return new StoreException(StoreException.Kind.CORRUPT, what + ": " + cause.getMessage(), cause);
    }

    /** Interrupted while waiting; the thread stays interrupted. */
    static StoreException interrupted(String what, InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new StoreException(StoreException.Kind.UNAVAILABLE, "interrupted while " + what, cause);
    }

    /** For long work, between its parts: ends it if the thread is interrupted, and leaves it interrupted. */
    static void checkInterrupted(String what) {
        if (Thread.currentThread().isInterrupted()) {
            throw new StoreException(StoreException.Kind.UNAVAILABLE, "interrupted while " + what);
        }
    }

    private static StoreException.Kind kind(IOException cause) {
        return cause instanceof NarException ? StoreException.Kind.CORRUPT : StoreException.Kind.of(cause);
    }
}
