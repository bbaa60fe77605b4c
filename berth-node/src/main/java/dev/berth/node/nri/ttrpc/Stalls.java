package dev.berth.node.nri.ttrpc;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Deadlines for calls that have none of their own and end when something is closed. */
final class Stalls {
    /** What may take too long. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws IOException;
    }

    private Stalls() {}

    /**
     * Runs a call, and closes what it waits on when that takes longer than a limit.
     *
     * @param stalled called on another thread when the limit is over, with what is thrown; must make the call end
     * @throws IOException what the call threw, or that it took too long
     */
    static <T> T within(Duration limit, Consumer<IOException> stalled, Call<T> call) throws IOException {
        IOException why = new IOException("nothing moved for " + limit.toMillis() + " ms");
        CompletableFuture<Void> end = new CompletableFuture<>();
        var _ = end.orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS).exceptionally(timeout -> {
            stalled.accept(why);
            return null;
        });
        // Who completes the future first has decided whether the call was in time.
        try {
            T result = call.run();
            if (end.complete(null)) {
                return result;
            }
        } catch (IOException e) {
            if (end.complete(null)) {
                throw e;
            }
        } finally {
            end.complete(null);
        }
        throw why;
    }
}
