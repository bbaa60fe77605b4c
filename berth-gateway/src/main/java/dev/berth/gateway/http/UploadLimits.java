package dev.berth.gateway.http;

import java.time.Duration;

/**
 * What may wait for its narinfo of NARs that were uploaded. A cache keeps them itself: there only the size of one counts.
 *
 * @param bytes at most, all files together
 * @param age how long a file waits for its narinfo
 * @param settled how long one stays behind its narinfo, as another path may have the same NAR
 */
public record UploadLimits(long bytes, Duration age, Duration settled) {
    /** 128 GiB, six hours, ten minutes. */
    public static final UploadLimits DEFAULT =
            new UploadLimits(128L << 30, Duration.ofHours(6), Duration.ofMinutes(10));

    /** Checks the numbers. */
    public UploadLimits {
        if (bytes < 1 || age.isNegative() || !settled.isPositive()) {
            throw new IllegalArgumentException("uploads need room and time, not " + bytes + " bytes and " + age);
        }
    }
}
