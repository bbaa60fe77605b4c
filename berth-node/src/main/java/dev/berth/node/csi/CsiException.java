package dev.berth.node.csi;

import io.grpc.Status;

/** A CSI call that failed. The message is the driver's, one line. */
public final class CsiException extends RuntimeException {
    private final Status.Code code;

    CsiException(Status status) {
        super(status.getDescription() == null ? status.getCode().name() : status.getDescription(), status.getCause());
        this.code = status.getCode();
    }

    /** The status that the driver answered with, or that the connection failed with. */
    public Status.Code code() {
        return code;
    }
}
