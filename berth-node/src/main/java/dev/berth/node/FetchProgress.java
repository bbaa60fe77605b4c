package dev.berth.node;

import dev.berth.nix.PathInfo;
import dev.berth.store.CopyProgress;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;

/** How far a fetch is, in words for users: {@code fetched 410 of 1,203 MiB (17 of 43 paths) from http://cache}. */
final class FetchProgress implements CopyProgress {
    private static final long MIB = 1 << 20;

    private final AtomicLong paths = new AtomicLong();
    private final AtomicLong planned = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong plannedBytes = new AtomicLong();
    /** As many as there are substituters. */
    private final Set<String> sources = new ConcurrentSkipListSet<>();

    @Override
    public void planned(long morePaths, long moreBytes) {
        planned.addAndGet(morePaths);
        plannedBytes.addAndGet(moreBytes);
    }

    @Override
    public void started(PathInfo info, String from) {
        sources.add(from);
    }

    @Override
    public void transferred(long narBytes) {
        bytes.addAndGet(narBytes);
    }

    @Override
    public void finished(PathInfo info, String from) {
        paths.incrementAndGet();
    }

    @Override
    public String toString() {
        if (sources.isEmpty()) {
            return String.format(Locale.ROOT, "found %,d paths to fetch so far", planned.get());
        }
        return String.format(
                Locale.ROOT,
                "fetched %s (%,d of %,d paths) from %s",
                amount(bytes.get(), plannedBytes.get()),
                paths.get(),
                planned.get(),
                String.join(", ", sources));
    }

    private static String amount(long done, long all) {
        long unit = all < 10 * MIB ? 1 << 10 : MIB;
        return String.format(Locale.ROOT, "%,d of %,d %s", done / unit, all / unit, unit == MIB ? "MiB" : "KiB");
    }
}
