package dev.berth.store.nix;

import java.util.List;

/** A run of Nix that failed. The message is one line, for the user. */
public final class NixException extends RuntimeException {
    /** How it failed. */
    public enum Kind {
        /** It, or what it is run by, is not there or could not be started. */
        ABSENT,
        /** It ended with an exit code that is not 0. */
        FAILED,
        /** It was killed when its time was up. */
        TIMEOUT,
        /** It was killed, as it printed more than it may. */
        OUTPUT,
        /** It was killed, as the thread that ran it was interrupted. */
        INTERRUPTED
    }

    private final Kind kind;
    private final String message;
    private final List<String> said;

    /** @param said the last lines of its standard error */
    NixException(Kind kind, String message, List<String> said) {
        super(message);
        this.kind = kind;
        this.message = message;
        this.said = List.copyOf(said);
    }

    /** One line, for the user; never null. */
    @Override
    public String getMessage() {
        return message;
    }

    /** How it failed. */
    public Kind kind() {
        return kind;
    }

    /** The last lines of its standard error, without what a terminal would act on. */
    public List<String> said() {
        return said;
    }
}
