package dev.berth.wire.worker;

import java.io.IOException;

/** An answer failed when a part of it was under way, so that the client can only be left. */
final class BrokenAnswerException extends IOException {
    BrokenAnswerException(Throwable cause) {
        super(cause.getMessage(), cause);
    }
}
