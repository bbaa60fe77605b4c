package dev.berth.deploy.validate;

import java.io.IOException;

/** The programs that make an API server are not on this machine. The message says which, where they were looked for and what to do. */
public final class MissingProgramsException extends IOException {
    private static final long serialVersionUID = 1;

    MissingProgramsException(String message) {
        super(message);
    }
}
