package dev.berth.run;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets SIGINT, SIGTERM and SIGHUP end a run in order: they interrupt its thread, and the process ends when that thread is
 * done, or after a bounded time. The JVM then exits with 128 and the number of the signal.
 */
final class Interruption implements AutoCloseable {
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook;

    private Interruption(Thread run) {
        this.hook = Thread.ofPlatform().name("end of the run").unstarted(() -> {
            run.interrupt();
            try {
                if (!done.await(LocalRun.END.toSeconds(), TimeUnit.SECONDS)) {
                    System.err.println("berth: the run does not end; the next one with this root cleans up");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    static Interruption ofThisThread() {
        Interruption interruption = new Interruption(Thread.currentThread());
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /** The run is done. */
    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // a signal came: the process is ending
        }
    }
}
