package dev.berth.node.nri.ttrpc;

import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/** Work beside a test, on a virtual thread. */
public final class Async {
    /** Work without a result. */
    @FunctionalInterface
    public interface Work {
        void run() throws Exception;
    }

    private Async() {}

    public static <T> Future<T> call(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofVirtual().start(task);
        return task;
    }

    public static Future<?> run(Work work) {
        return call(() -> {
            work.run();
            return work;
        });
    }
}
