package dev.berth.wire.worker;

import dev.berth.wire.WireException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Hears what a daemon says while it gets an upload: it may fail long before the end. */
final class UploadListener {
    private final CompletableFuture<Heard> heard = new CompletableFuture<>();

    /** Hears. */
    @FunctionalInterface
    interface Ear {
        Heard listen() throws IOException;
    }

    /** @param ear what may wait for as long as the upload goes on */
    UploadListener(Ear ear) {
        Thread.ofVirtual().name("berth-wire-listener").start(() -> {
            try {
                heard.complete(ear.listen());
            } catch (IOException | RuntimeException e) {
                heard.completeExceptionally(e);
            }
        });
    }

    /** Whether there is no use in sending more. */
    boolean isRefused() {
        return heard.isCompletedExceptionally() || heard.getNow(new Heard.Last()) instanceof Heard.Failed;
    }

    /** @throws WireException if there is no use in sending more */
    void check() throws WireException {
        if (isRefused()) {
            throw new WireException("the daemon wants no more of an upload");
        }
    }

    /** Waits for the daemon's last word. */
    Heard last() throws IOException {
        try {
            return heard.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }
}
