package dev.berth.store.local;

import dev.berth.nix.FormatException;
import dev.berth.nix.nar.NarException;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Turns what the system says into what a store says. */
final class Failure {
    private Failure() {}

    /**
     * @param what what was tried, such as {@code adding <path>}
     * @param cause why it failed
     */
    static StoreException of(String what, IOException cause) {
        return new StoreException(kind(cause), what + ": " + reason(cause), cause);
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

    /** Some of java.nio.file's exceptions say nothing but the file. */
    private static String reason(IOException cause) {
        return switch (cause) {
            case NoSuchFileException missing
            when missing.getReason() == null -> missing.getFile() + ": no such file or directory";
            case AccessDeniedException denied
            when denied.getReason() == null -> denied.getFile() + ": permission denied";
            default -> String.valueOf(cause.getMessage());
        };
    }

    private static StoreException.Kind kind(IOException cause) {
        return cause instanceof NarException ? StoreException.Kind.CORRUPT : StoreException.Kind.of(cause);
    }
}
