package dev.berth.store;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where large downloads from binary caches leave what they got when they are cut, so that the next try goes on from there,
 * also of another process. What lies there is checked against the cache's hashes like everything else, and is never more
 * than a part of a download: it may be deleted at any time.
 *
 * @param directory made when it is first needed, for this user alone
 * @param maxBytes of all parts together; a download that does not fit in goes without
 * @param maxAge after which a part that nobody went on with is deleted
 * @param smallest a file of fewer bytes than this starts anew
 */
public record DownloadSpool(Path directory, long maxBytes, Duration maxAge, long smallest) {
    private static final long MEBIBYTE = 1 << 20;

    /** Checks the numbers. */
    public DownloadSpool {
        if (maxBytes < 0 || smallest < 0 || maxAge.isNegative()) {
            throw new IllegalArgumentException(maxBytes + " bytes, at most " + maxAge + ", from " + smallest);
        }
    }

    /** 4 GiB, a day, files from 8 MiB on. */
    public static DownloadSpool in(Path directory) {
        return new DownloadSpool(directory, 4096 * MEBIBYTE, Duration.ofDays(1), 8 * MEBIBYTE);
    }
}
