package dev.berth.gateway.config;

import dev.berth.gateway.http.CacheSettings;
import dev.berth.gateway.http.HttpConfig;
import dev.berth.gateway.http.UploadLimits;
import dev.berth.nix.PublicKey;
import dev.berth.store.config.HostPort;
import dev.berth.store.config.Yaml;
import dev.berth.store.usage.Sizes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The HTTP server and the cache that it serves, as far as the gateway's file says.
 *
 * @param listen if there shall be one
 * @param tls if it shall encrypt
 * @param privateMetrics whether figures need a token, too
 * @param limits what clients may take
 * @param cache what is served; without trusted keys, which are the settings' part
 */
public record HttpFile(
        Optional<HostPort> listen,
        Optional<HttpConfig.Tls> tls,
        boolean privateMetrics,
        HttpConfig.Limits limits,
        CacheSettings cache) {
    static HttpFile read(Yaml section) {
        HttpConfig.Limits usual = HttpConfig.Limits.DEFAULT;
        Optional<Path> certificate = section.value("tls-certificate", Path::of);
        Optional<Path> key = section.value("tls-key", Path::of);
        if (certificate.isPresent() != key.isPresent()) {
            throw new IllegalArgumentException("'http.tls-certificate' and 'http.tls-key' go together");
        }
        HttpFile http = new HttpFile(
                section.value("listen", HostPort::parse),
                certificate.map(file -> new HttpConfig.Tls(file, key.orElseThrow())),
                section.flag("private-metrics").orElse(false),
                new HttpConfig.Limits(
                        section.number("max-connections").orElse(usual.connections()),
                        section.number("max-requests").orElse(usual.requests()),
                        section.number("max-target").orElse(usual.target()),
                        section.number("max-head").orElse(usual.head()),
                        section.duration("idle").orElse(usual.idle()),
                        section.duration("head-time").orElse(usual.headTime()),
                        section.duration("stall").orElse(usual.stall()),
                        section.number("min-rate").orElse(usual.rate())),
                cache(section));
        section.end();
        return http;
    }

    private static CacheSettings cache(Yaml section) {
        CacheSettings usual = CacheSettings.DEFAULT;
        return new CacheSettings(
                section.number("priority").orElse(usual.priority()),
                section.flag("want-mass-query").orElse(usual.wantMassQuery()),
                section.words("sign-key-files").orElse(List.of()).stream()
                        .map(Path::of)
                        .toList(),
                section.value("read-token-file", Path::of),
                section.value("upload-token-file", Path::of),
                section.value("uploads", CacheSettings.Uploads::parse).orElse(usual.uploads()),
                usual.trustedKeys(),
                section.flag("compression").orElse(usual.compression()),
                new UploadLimits(
                        section.value("upload-space", Sizes::parse)
                                .orElse(usual.limits().bytes()),
                        section.duration("upload-wait").orElse(usual.limits().age()),
                        section.duration("upload-settled").orElse(usual.limits().settled())));
    }

    /** With the files that a command line names beside it, or instead of its own. */
    public HttpFile with(List<Path> signKeys, Optional<Path> readTokens, Optional<Path> uploadTokens) {
        List<Path> keys = new ArrayList<>(cache.signKeys());
        keys.addAll(signKeys);
        return new HttpFile(listen, tls, privateMetrics, limits, cache.with(keys, readTokens, uploadTokens));
    }

    /** What is served, where uploads need the signature of one of these keys. */
    public CacheSettings cache(Set<PublicKey> trustedKeys) {
        return cache.trusting(trustedKeys);
    }

    /** The server at an address. */
    public HttpConfig at(HostPort place) {
        return new HttpConfig(place.host(), place.port(), tls, privateMetrics, limits);
    }
}
