package dev.berth.store.cache;

import java.io.IOException;

/** A download whose beginning was left by an earlier try, and which is not what was announced as a whole. */
final class StaleDownload extends IOException {
    StaleDownload(IOException cause) {
        super(cause.getMessage() + "; what an earlier try had left of it was dropped: try again", cause);
    }
}
