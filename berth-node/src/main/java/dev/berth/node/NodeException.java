package dev.berth.node;

/** The node agent could not start or do what it was asked. The message is one line: what, where, why, what to do. */
public final class NodeException extends RuntimeException {
    /** @param message one line, for the user */
    public NodeException(String message) {
        super(message);
    }

    /**
     * @param message one line, for the user
     * @param cause where it came from
     */
    public NodeException(String message, Throwable cause) {
        super(message, cause);
    }
}
