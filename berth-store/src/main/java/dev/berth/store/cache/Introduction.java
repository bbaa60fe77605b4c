package dev.berth.store.cache;

import dev.berth.nix.StoreDir;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How a binary cache introduces itself by its {@code nix-cache-info}, which is read once, before it is first used. Thread-safe. */
final class Introduction {
    private final CacheCalls calls;
    private final StoreDir storeDir;
    private final Transport transport;
    private final Reach reach;
    private volatile @Nullable CacheInfo known;

    Introduction(CacheCalls calls, StoreDir storeDir, Transport transport, Reach reach) {
        this.calls = calls;
        this.storeDir = storeDir;
        this.transport = transport;
        this.reach = reach;
    }

    /**
     * What it says of itself.
     *
     * @throws StoreException of kind {@code UNAVAILABLE} if it is no cache; {@code REFUSED} if it is one for another store dir
     */
    CacheInfo info() {
        CacheInfo before = known;
        if (before != null) {
            return before;
        }
        String uri = calls.uri();
        CacheInfo read = calls.run("cannot use", () -> {
            Optional<byte[]> file = transport.read(CacheInfo.NAME, CacheInfo.MAX_SIZE);
            if (file.isEmpty() && reach.mustIntroduceItself()) {
                throw new StoreException(Kind.UNAVAILABLE, uri + " is not a binary cache: it has no " + CacheInfo.NAME);
            }
            return CacheInfo.parse(
                    file.map(bytes -> new String(bytes, StandardCharsets.UTF_8)).orElse(""));
        });
        if (read.storeDir().isPresent() && !read.storeDir().get().equals(storeDir)) {
            throw new StoreException(
                    Kind.REFUSED,
                    uri + " is a cache for store dir " + read.storeDir().get() + ", not for " + storeDir);
        }
        known = read;
        return read;
    }
}
