package dev.berth.node.csi;

import io.grpc.Status;

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

    /** What a call was answered with. */
    static CsiException of(Status status) {
        String description = status.getDescription();
        return new CsiException(
                status.getCode(), description == null ? status.getCode().name() : description);
    }

    /** The status that the driver answers with, or that the connection failed with. */
    public Status.Code code() {
        return code;
    }
}
