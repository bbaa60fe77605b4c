package dev.berth.nix.nar;

import java.io.IOException;

/** Bytes that are no NAR. The message is one line: what was found, and where. */
public final class NarException extends IOException {
    /** @param message one line, for the user */
    public NarException(String message) {
        super(message);
    }
}
