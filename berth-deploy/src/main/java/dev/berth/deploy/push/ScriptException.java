package dev.berth.deploy.push;

/** A script of a deployment that could not be run, or did not want the deployment. The message is one line for the user. */
public final class ScriptException extends RuntimeException {
    /** @param message one line, for the user */
    public ScriptException(String message) {
        super(message);
    }

    /**
     * @param message one line, for the user
     * @param cause where it came from
     */
    public ScriptException(String message, Throwable cause) {
        super(message, cause);
    }
}
