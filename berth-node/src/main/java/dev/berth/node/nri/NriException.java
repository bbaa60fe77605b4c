package dev.berth.node.nri;

/** A container must not be made. The message is one line for the user: kubelet shows it as an event of the pod. */
public final class NriException extends Exception {
    private static final long serialVersionUID = 1;

    public NriException(String message) {
        super(message);
    }

    public NriException(String message, Throwable cause) {
        super(message, cause);
    }
}
