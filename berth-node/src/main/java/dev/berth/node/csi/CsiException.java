package dev.berth.node.csi;

import dev.berth.store.StoreException;
import io.grpc.Status;
import java.nio.channels.ClosedChannelException;

/** A CSI call that failed, on the driver's side as on the caller's. The message is the driver's, one line. */
public final class CsiException extends RuntimeException {
    private final Status.Code code;

    /**
     * @param code what the call is answered with
     * @param message one line, for the user: what, where, why, what to do
     */
    public CsiException(Status.Code code, String message) {
        super(message);
        this.code = code;
    }

    /**
     * @param code what the call is answered with
     * @param message one line, for the user
     * @param cause where it came from
     */
    public CsiException(Status.Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** What a call was answered with, or how its connection failed. */
    static CsiException of(Status status) {
        // grpc-java calls a write into a connection that has just been closed UNKNOWN; every other loss of one is
        // UNAVAILABLE.
        Status.Code code =
                status.getCause() instanceof ClosedChannelException ? Status.Code.UNAVAILABLE : status.getCode();
        String description = status.getDescription();
        return new CsiException(code, description == null ? code.name() : description);
    }

    /** What a call is answered with when a store failed. */
    public static CsiException of(StoreException e) {
        return new CsiException(Answers.code(e.kind()), e.getMessage(), e);
    }

    /** The status that the driver answers with, or that the connection failed with. */
    public Status.Code code() {
        return code;
    }
}
