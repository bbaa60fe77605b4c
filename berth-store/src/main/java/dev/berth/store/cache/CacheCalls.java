package dev.berth.store.cache;

import dev.berth.nix.FormatException;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;

/** Tells what cannot be got from a cache from what is wrong in it. */
record CacheCalls(String uri) {
    interface Call<T> {
        T run() throws IOException;
    }

    /** @param doing what, up to the cache's URI, such as {@code cannot read x from} */
    <T> T run(String doing, Call<T> call) {
        try {
            return call.run();
        } catch (TransportException e) {
            throw e.toStoreException();
        } catch (InterruptedIOException e) {
            throw new StoreException(Kind.FAILED, doing + " " + uri + ": " + e.getMessage(), e);
        } catch (IOException | FormatException e) {
            throw new StoreException(Kind.CORRUPT, doing + " " + uri + ": " + e.getMessage(), e);
        }
    }
}
