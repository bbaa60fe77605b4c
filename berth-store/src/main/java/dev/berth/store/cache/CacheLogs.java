package dev.berth.store.cache;

import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** The logs of builds that a binary cache keeps, in {@code log/<name of the derivation>}. Thread-safe. */
public final class CacheLogs {
    private final CacheCalls calls;
    private final Transport transport;

    CacheLogs(CacheCalls calls, Transport transport) {
        this.calls = calls;
        this.transport = transport;
    }

    /**
     * The log of a derivation, not compressed; closed by the caller.
     *
     * @throws StoreException if the cache cannot say whether it has one; reads may throw {@link IOException}
     */
    public Optional<InputStream> open(StorePath drvPath) {
        return calls.run("cannot read a log from", () -> transport.open(file(drvPath)));
    }

    /**
     * Writes the log of a derivation, in place of one that is there.
     *
     * @param log not compressed; read to its end, not closed
     * @throws StoreException of kind {@code REFUSED} if the path is no derivation's; or if it cannot be written
     */
    public void add(StorePath drvPath, InputStream log) {
        if (!drvPath.isDerivation()) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "cannot add a log of '" + drvPath + "' to " + calls.uri() + ": it is no derivation");
        }
        calls.run("cannot write a log to", () -> {
            try (Transport.Draft draft = transport.draft()) {
                log.transferTo(draft.out());
                draft.publish(file(drvPath));
            }
            return drvPath;
        });
    }

    static String file(StorePath drvPath) {
        return "log/" + drvPath.baseName();
    }
}
