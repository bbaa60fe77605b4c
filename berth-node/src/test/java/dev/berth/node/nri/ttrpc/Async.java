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

    /** Work that ends when a test closes what it works on; how it ends is seen at the other end. */
    public static void serve(Work work) {
        var _ = run(work);
    }

    public static Future<?> run(Work work) {
        return call(() -> {
            work.run();
            return work;
        });
    }
}
