package dev.berth.wire;

import java.io.IOException;

/** A peer that breaks the protocol, or breaks off in the middle of it. The connection can't be used any more. */
public class WireException extends IOException {
    /** @param message one line, for the user: what was found, and what should be there */
    public WireException(String message) {
        super(message);
    }

    /**
     * @param message one line, for the user
     * @param cause what the parser met
     */
    public WireException(String message, Throwable cause) {
        super(message, cause);
    }
}
