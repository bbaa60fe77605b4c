package dev.berth.node.injection;

import java.io.IOException;

/** What a container asks for makes no sense or can't be had; the message is one line for its owner. */
final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    RefusedException(String message) {
        super(message);
    }
}
