package dev.berth.wire;

/** A peer that took longer than it may. The message says which time passed; the connection is closed. */
public final class DeadlineException extends WireException {
    /** @param message one line, for the user */
    public DeadlineException(String message) {
        super(message);
    }
}
