package dev.berth.deploy.render;

/** A file that could not be rendered. The message is one line for the user: which file, where in it, why. */
public final class RenderException extends RuntimeException {
    /** @param message one line, for the user */
    public RenderException(String message) {
        super(message);
    }

    /**
     * @param message one line, for the user
     * @param cause where it came from
     */
    public RenderException(String message, Throwable cause) {
        super(message, cause);
    }
}
