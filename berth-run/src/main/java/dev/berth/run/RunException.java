package dev.berth.run;

/** A run that failed or was refused. The message is one line for the user: what, where, why, what to do. */
public final class RunException extends RuntimeException {
    private final int exitCode;

    private RunException(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    private RunException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** The work failed, or the file can't be run. */
    static RunException failed(String message) {
        return new RunException(1, message);
    }

    /** The work failed. */
    static RunException failed(String message, Throwable cause) {
        return new RunException(1, message, cause);
    }

    /** The command was used wrongly, or lacks what it can't do without: root, a program, a directory. */
    static RunException usage(String message) {
        return new RunException(2, message);
    }

    /** What the process should exit with: 1 or 2. */
    public int exitCode() {
        return exitCode;
    }
}
