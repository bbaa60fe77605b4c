package dev.berth.store;

import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import java.io.IOException;

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
        /** The store did not answer in time, refused the connection or answered with an error. May pass. */
        UNAVAILABLE,
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
