package dev.berth.store.config;

/** A configuration that can't be taken. The message is one line: where, what, and what would do. */
public final class ConfigException extends RuntimeException {
    /** @param message one line */
    public ConfigException(String message) {
        super(message);
    }

    /** @param message one line */
    public ConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
