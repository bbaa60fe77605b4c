package dev.berth.gateway.unix;

import java.util.concurrent.Semaphore;

/**
 * A thread for each connection. The first ones get threads of the kernel, on which waiting for a request is one system call;
 * a virtual thread takes several, and a second thread that waits for it. Those beyond get virtual threads, so that a thousand
 * idle connections cost little memory. Any thread.
 */
final class ConnectionThreads {
    private static final int PLATFORM = 64;
    private static final String NAME = "berth-unix";

    private final Semaphore platform = new Semaphore(PLATFORM);

    /** Runs it to its end in a thread of its own. */
    void start(Runnable connection) {
        if (!platform.tryAcquire()) {
            Thread.ofVirtual().name(NAME).start(connection);
            return;
        }
        boolean started = false;
        try {
            Thread.ofPlatform().daemon().name(NAME).start(() -> {
                try {
                    connection.run();
                } finally {
                    platform.release();
                }
            });
            started = true;
        } finally {
            if (!started) {
                platform.release();
            }
        }
    }
}
