package dev.berth.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** Closes a stream when its time is up, so that nobody waits for it for ever. */
final class Guard implements AutoCloseable {
    private final Thread thread;

    private Guard(Thread thread) {
        this.thread = thread;
    }

    static Guard closing(InputStream stream, Duration limit) {
        return new Guard(Thread.startVirtualThread(() -> {
            try {
                Thread.sleep(limit);
                stream.close();
            } catch (InterruptedException e) {
                // It was read in time
            } catch (IOException e) {
                // Whoever reads it is told so, too
            }
        }));
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
