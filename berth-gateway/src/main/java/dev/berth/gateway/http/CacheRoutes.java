package dev.berth.gateway.http;

import dev.berth.gateway.CacheContent;
import dev.berth.nix.FormatException;
import dev.berth.store.StoreException;
import dev.berth.store.usage.UsageRecorder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A store as a binary cache over HTTP, as Nix's clients ask it and upload to it. Any thread. */
public final class CacheRoutes implements Routes, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CacheRoutes.class);

    private final CacheContent content;
    private final Access access;
    private final NarInfos narInfos;
    private final CacheReads reads;
    private final Uploads uploads;

    private CacheRoutes(CacheContent content, CacheSettings settings, UsageRecorder usage) throws IOException {
        this.content = content;
        this.access = new Access(settings);
        Signer signer = new Signer(settings.signKeys());
        this.narInfos = new NarInfos(content, signer, usage);
        this.reads = new CacheReads(content, settings, signer, narInfos, usage);
        this.uploads = new Uploads(content, settings, signer, narInfos, usage);
    }

    /**
     * Begins to serve a store as a cache.
     *
     * @param content closed with this
     * @param usage is told of every path that a client asked for
     * @throws IOException if a file of keys or tokens cannot be read, or uploads have nowhere to go
     */
    public static CacheRoutes open(CacheContent content, CacheSettings settings, UsageRecorder usage)
            throws IOException {
        return new CacheRoutes(content, settings, usage);
    }

    /** Asks the store for what it does not have, to see that it answers. */
    void probe() {
        content.find("0".repeat(32));
    }

    /** Whether a request comes from somebody who may read. */
    boolean isReader(HttpRequest request) {
        access.refresh();
        return access.refuseReading(request).isEmpty();
    }

    @Override
    public Optional<HttpReply> quick(HttpRequest request) {
        if (!isRead(request) || !access.isFresh()) {
            return Optional.empty();
        }
        Optional<Target> target = Target.parse(request.path(), request.query());
        if (target.isEmpty()) {
            return Optional.empty();
        }
        Optional<HttpReply.Whole> refusal = access.refuseReading(request);
        return refusal.isPresent()
                ? Optional.of(refusal.get())
                : reads.quick(request, target.get()).map(reply -> Conditional.answer(request, reply));
    }

    private static boolean isRead(HttpRequest request) {
        return request.method().equals("GET") || request.method().equals("HEAD");
    }

    @Override
    public HttpReply answer(HttpRequest request) throws IOException {
        access.refresh();
        try {
            if (isRead(request)) {
                return read(request);
            }
            if (request.method().equals("PUT")) {
                return put(request);
            }
            return TextReply.notAllowed(
                    access.takesUploads() ? "GET, HEAD, PUT" : "GET, HEAD", "this cache has no such method");
        } catch (StoreException e) {
            return failure(e);
        } catch (FormatException e) {
            return TextReply.text(400, String.valueOf(e.getMessage()));
        }
    }

    private HttpReply read(HttpRequest request) throws IOException {
        Optional<HttpReply.Whole> refusal = access.refuseReading(request);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        Optional<Target> target = Target.parse(request.path(), request.query());
        if (target.isEmpty()) {
            return TextReply.notFound("nothing is here");
        }
        HttpReply reply = Conditional.answer(request, reads.answer(request, target.get()));
        if (reply.status() == 404
                && access.takesUploads()
                && access.refuseUpload(request).isEmpty()) {
            return uploads.spooled(target.get()).orElse(reply);
        }
        return reply;
    }

    private HttpReply put(HttpRequest request) throws IOException {
        Optional<HttpReply.Whole> refusal = access.refuseUpload(request);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        Optional<Target> target = Target.parse(request.path(), request.query());
        return target.isPresent()
                ? uploads.put(request, target.get())
                : TextReply.notFound("nothing of that name can be uploaded");
    }

    /** What a store or a substituter could not do; never a 404, which clients would take for an answer. */
    private HttpReply failure(StoreException e) {
        int status = switch (e.kind()) {
            case ABSENT -> 404;
            case UNAVAILABLE, UNTRUSTED -> 503;
            case SLOW -> 504;
            case NO_SPACE -> 507;
            case REFUSED -> 409;
            case READ_ONLY -> 403;
            case CORRUPT, FAILED -> 500;
        };
        if (status >= 500) {
            LOG.warn("{} {}", status, e.getMessage());
        }
        String word = switch (e.kind()) {
            case UNAVAILABLE -> "down: ";
            case SLOW -> "slow: ";
            case UNTRUSTED -> "untrusted: ";
            default -> "";
        };
        byte[] body = (word + e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8);
        return new HttpReply.Whole(
                status,
                status == 503
                        ? Map.of("content-type", TextReply.PLAIN, "retry-after", "10")
                        : Map.of("content-type", TextReply.PLAIN),
                body);
    }

    @Override
    public void close() {
        uploads.close();
        content.close();
    }
}
