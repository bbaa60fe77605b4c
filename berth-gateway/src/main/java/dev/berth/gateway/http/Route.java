package dev.berth.gateway.http;

import java.util.Locale;

/** What kind of thing a path asks for, for figures: few kinds, whatever clients ask for. */
enum Route {
    /** {@code /HASH.narinfo}. */
    NARINFO,
    /** {@code /nar/…}. */
    NAR,
    /** {@code /HASH.ls}. */
    LISTING,
    /** {@code /log/…}. */
    LOG,
    /** {@code /debuginfo/…}. */
    DEBUGINFO,
    /** {@code /realisations/…} and {@code /build-trace-v2/…}. */
    REALISATION,
    /** {@code /nix-cache-info}. */
    CACHE_INFO,
    /** {@code /healthz}, {@code /readyz} and {@code /metrics}. */
    SERVICE,
    /** All else. */
    OTHER;

    static Route of(String path) {
        if (path.endsWith(".narinfo")) {
            return NARINFO;
        }
        if (path.startsWith("/nar/")) {
            return NAR;
        }
        if (path.endsWith(".ls")) {
            return LISTING;
        }
        if (path.startsWith("/log/")) {
            return LOG;
        }
        if (path.startsWith("/debuginfo/")) {
            return DEBUGINFO;
        }
        if (path.startsWith("/realisations/") || path.startsWith("/build-trace-v2/")) {
            return REALISATION;
        }
        return switch (path) {
            case "/nix-cache-info" -> CACHE_INFO;
            case "/healthz", "/readyz", "/metrics" -> SERVICE;
            default -> OTHER;
        };
    }

    /** What figures call it. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
