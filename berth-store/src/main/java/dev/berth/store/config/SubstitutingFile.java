package dev.berth.store.config;

import dev.berth.store.DownloadSpool;
import dev.berth.store.StoreSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** How to talk to substituters, as a section of a configuration file says it. */
public final class SubstitutingFile {
    private static final long MEBIBYTE = 1 << 20;
    private static final int PARTS_MIB = 4096;
    private static final int LARGE_MIB = 8;

    private SubstitutingFile() {}

    /** Reads the whole section; what it does not say is as usual. */
    public static StoreSettings read(Yaml section) {
        StoreSettings usual = StoreSettings.DEFAULT;
        Optional<Path> parts = section.value("downloads", Path::of);
        DownloadSpool spool = new DownloadSpool(
                parts.orElse(Path.of("")),
                section.number("max-downloads").orElse(PARTS_MIB) * MEBIBYTE,
                section.duration("max-download-age").orElse(Duration.ofDays(1)),
                section.number("large-download").orElse(LARGE_MIB) * MEBIBYTE);
        StoreSettings settings = new StoreSettings(
                usual.storeDir(),
                section.number("connections").orElse(usual.connections()),
                section.duration("connect-timeout").orElse(usual.connectTimeout()),
                section.duration("stall-timeout").orElse(usual.stallTimeout()),
                section.number("retries").orElse(usual.retries()),
                section.duration("absent-lifetime").orElse(usual.absentLifetime()),
                section.duration("present-lifetime").orElse(usual.presentLifetime()),
                section.duration("query-timeout").orElse(usual.queryTimeout()),
                section.value("netrc-file", Path::of).orElse(usual.netrc()),
                parts.map(_ -> spool),
                usual.acceptNewHostKeys());
        section.end();
        return settings;
    }
}
