package dev.berth.store;

import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.wire.DeadlineException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.TimeoutException;

/** A store that could not do what it was asked. The message is one line for the user: what, where, why, what to do. */
public final class StoreException extends RuntimeException {
    /** What went wrong, for those who decide by it (retry, exit code, gRPC status). */
    public enum Kind {
        /** No such path in the store or in any that was asked. Final until somebody adds it. */
        ABSENT,
        /** The path carries no valid signature by a trusted key and is not content-addressed. Final. */
        UNTRUSTED,
        /** Content does not match its hash or size, or a file does not parse. Final for this copy. */
        CORRUPT,
        /** The store can't be reached, or answered with an error. May pass. */
        UNAVAILABLE,
        /** The store can be reached, but said nothing, or too little, for too long. May pass. */
        SLOW,
        /** The disk is full or a quota is reached. May pass. */
        NO_SPACE,
        /** The store or its file system can't be written. Final. */
        READ_ONLY,
        /** The request itself is wrong: a bad URI, a path of another store dir, a live path to delete. Final. */
        REFUSED,
        /** Any other failure of the system underneath. */
        FAILED;

        /** What a failure of the system means: a full disk, one that can't be written, or neither. */
        public static Kind of(IOException failure) {
            if (!(failure instanceof LinuxException linux)) {
                return FAILED;
            }
            if (linux.is(Errno.ENOSPC) || linux.is(Errno.EDQUOT)) {
                return NO_SPACE;
            }
            return linux.is(Errno.EROFS) ? READ_ONLY : FAILED;
        }

        /** What it means that there was no answer: {@code SLOW} if a time ran out after the other side was reached. */
        public static Kind ofSilence(Throwable failure) {
            for (Throwable e = failure; e != null; e = e.getCause()) {
                if (e instanceof HttpConnectTimeoutException) {
                    return UNAVAILABLE;
                }
                if (e instanceof HttpTimeoutException
                        || e instanceof SocketTimeoutException
                        || e instanceof TimeoutException
                        || e instanceof DeadlineException) {
                    return SLOW;
                }
            }
            return UNAVAILABLE;
        }

        /** Whether the store could not be asked, which says nothing of what it has. */
        public boolean isSilence() {
            return this == UNAVAILABLE || this == SLOW;
        }
    }

    private final Kind kind;
    private final String message;

    /**
     * @param kind what went wrong
     * @param message one line, for the user
     */
    public StoreException(Kind kind, String message) {
        super(message);
        this.kind = kind;
        this.message = message;
    }

    /**
     * @param kind what went wrong
     * @param message one line, for the user
     * @param cause where it came from
     */
    public StoreException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.message = message;
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }

    /** One line, for the user; never null. */
    @Override
    public String getMessage() {
        return message;
    }
}
