package dev.berth.store.cache;

import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Puts files to a web server as Nix does (libstore/http-binary-cache-store.cc): by PUT, with the file's length. A PUT can be
 * repeated safely and is, after failures that may pass.
 */
final class HttpUploads {
    /** The slowest pace of an upload that is waited for. */
    private static final long BYTES_PER_SECOND = 16 << 10;

    /** How much of what a server says is shown. */
    private static final int WORDS = 200;

    private static final int REDIRECTS = 10;

    private final HttpExchange exchange;
    private final StoreSettings settings;
    private final FileKinds kinds;

    HttpUploads(HttpExchange exchange, StoreSettings settings, FileKinds kinds) {
        this.exchange = exchange;
        this.settings = settings;
        this.kinds = kinds;
    }

    /** Asks by HEAD. @return whether there is such a file */
    boolean exists(URI url) throws IOException {
        return exchange.repeating(() -> existsOnce(url));
    }

    private boolean existsOnce(URI url) throws IOException {
        URI at = url;
        for (int hops = 0; hops <= REDIRECTS; hops++) {
            HttpRequest.Builder request = exchange.request(at, settings.stallTimeout());
            HttpResponse<InputStream> response = exchange.send(
                    at,
                    request.method("HEAD", HttpRequest.BodyPublishers.noBody()).build());
            response.body().close();
            int status = response.statusCode();
            if (status >= 300 && status < 400 && status != 304) {
                at = exchange.redirected(at, response);
                continue;
            }
            if (status / 100 == 2) {
                return true;
            }
            if (status == 404 || status == 403 || status == 410) {
                return false;
            }
            throw status == 401 ? exchange.denied(at, status) : HttpExchange.unexpected(at, status);
        }
        throw HttpExchange.unexpected(at, 310);
    }

    /**
     * Puts a file there.
     *
     * @param name relative to the cache, for its kind
     * @param tag of the file that it is to replace, or empty for whatever is there
     * @return false if another has replaced that file meanwhile
     */
    boolean put(URI url, String name, Spool plain, String tag) throws IOException {
        Optional<Compression> encoding = kinds.encoding(name);
        if (encoding.isEmpty()) {
            return putEncoded(url, name, plain, tag);
        }
        try (Spool encoded = new Spool()) {
            FileKinds.encode(encoding.get(), plain.open(), encoded);
            return putEncoded(url, name, encoded, tag);
        }
    }

    private boolean putEncoded(URI url, String name, Spool file, String tag) throws IOException {
        return exchange.repeating(() -> putOnce(url, name, file, tag));
    }

    private boolean putOnce(URI url, String name, Spool file, String tag) throws IOException {
        URI at = url;
        for (int hops = 0; hops <= REDIRECTS; hops++) {
            Duration patience = settings.stallTimeout().plusSeconds(file.size() / BYTES_PER_SECOND);
            HttpRequest.Builder request = exchange.request(at, patience).header("Content-Type", FileKinds.type(name));
            kinds.encoding(name).ifPresent(encoding -> request.header("Content-Encoding", encoding.text()));
            if (!tag.isEmpty()) {
                request.header("If-Match", tag);
            }
            HttpRequest.BodyPublisher body = file.size() == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.fromPublisher(
                            HttpRequest.BodyPublishers.ofInputStream(file::open), file.size());
            HttpResponse<InputStream> response =
                    exchange.send(at, request.PUT(body).build());
            int status = response.statusCode();
            try (InputStream said = response.body()) {
                if (status / 100 == 2) {
                    return true;
                }
                if (!tag.isEmpty() && (status == 412 || status == 409)) {
                    return false;
                }
                if (status != 307 && status != 308) {
                    throw refused(at, status, words(said));
                }
            }
            at = exchange.redirected(at, response);
        }
        throw HttpExchange.unexpected(at, 310);
    }

    private static String words(InputStream said) throws IOException {
        String text = new String(said.readNBytes(WORDS * 4), StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .findFirst()
                .orElse("");
        boolean plain = !text.startsWith("<") && text.chars().allMatch(c -> c >= ' ' && c != 0x7f);
        return plain && !text.isEmpty() ? ": " + text.substring(0, Math.min(WORDS, text.length())) : "";
    }

    private TransportException refused(URI url, int status, String words) {
        String answer = "PUT " + url + " answered with status " + status + words;
        return switch (status) {
            case 401, 403 ->
                new TransportException(
                        Kind.READ_ONLY,
                        answer + "; writing takes a user and a password, in the URL or in " + settings.netrc(),
                        false);
            case 404, 405, 501 ->
                new TransportException(Kind.READ_ONLY, answer + "; this server does not take uploads", false);
            case 507 -> new TransportException(Kind.NO_SPACE, answer, false);
            case 408, 429 -> new TransportException(Kind.UNAVAILABLE, answer, true);
            default ->
                status >= 500
                        ? new TransportException(Kind.UNAVAILABLE, answer, true)
                        : new TransportException(Kind.REFUSED, answer, false);
        };
    }
}
