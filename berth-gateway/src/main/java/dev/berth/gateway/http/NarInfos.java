package dev.berth.gateway.http;

import dev.berth.gateway.CacheContent;
import dev.berth.nix.Hash;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.store.usage.UsageRecorder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Narinfo files as they are served, signed. They are kept for as long as there is room, but whether the path is still there
 * is asked again after some seconds, and at once when this process deleted anything. That a path is absent is believed for
 * {@value #ABSENT_SECONDS} s, and not behind an upload. Any thread.
 */
final class NarInfos {
    private static final long BYTES = 32 << 20;
    private static final long ABSENT_BYTES = 4 << 20;
    private static final int ABSENT_SECONDS = 2;
    private static final long PRESENT_NANOS = 5_000_000_000L;
    private static final long ABSENT_NANOS = ABSENT_SECONDS * 1_000_000_000L;

    /** What a key, an entry and a parsed path info take beside the text, roughly. */
    private static final int OVERHEAD = 1 << 10;

    private static final HttpReply.Whole ABSENT = TextReply.notFound("no such path");

    /** @param stored whether the store has the path itself, and not only a substituter */
    record Found(PathInfo info, boolean stored) {}

    /** @param reply once it was asked for */
    private record Known(PathInfo info, Optional<HttpReply.Whole> reply, boolean stored, long until, long version) {
        Known answered(HttpReply.Whole whole) {
            return new Known(info, Optional.of(whole), stored, until, version);
        }

        int size() {
            return OVERHEAD + 4 * reply.map(whole -> whole.body().length).orElse(0);
        }
    }

    private record Absent(long until, long uploads) {}

    private final CacheContent content;
    private final Signer signer;
    private final UsageRecorder usage;
    private final AtomicLong uploads = new AtomicLong();
    private final AtomicLong changes = new AtomicLong();
    private final ByteBounded<Known> known = new ByteBounded<>(BYTES, Known::size);
    private final ByteBounded<Absent> absent = new ByteBounded<>(ABSENT_BYTES, _ -> 200);

    NarInfos(CacheContent content, Signer signer, UsageRecorder usage) {
        this.content = content;
        this.signer = signer;
        this.usage = usage;
    }

    /** What can be said from memory. */
    Optional<HttpReply.Whole> quick(String hashPart) {
        Optional<Known> entry = fresh(hashPart);
        Optional<HttpReply.Whole> reply = entry.flatMap(this::reply);
        if (entry.isPresent() && usage.isContested(entry.get().info().path())) {
            return Optional.empty(); // that takes a moment
        }
        if (reply.isPresent()) {
            return reply;
        }
        Optional<Absent> none = absent.get(hashPart);
        return none.isPresent()
                        && System.nanoTime() - none.get().until() < 0
                        && none.get().uploads() == uploads.get()
                ? Optional.of(ABSENT)
                : Optional.empty();
    }

    /** What was found a moment ago, of a path that the store has itself. */
    Optional<PathInfo> stored(String hashPart) {
        return fresh(hashPart).filter(Known::stored).map(Known::info);
    }

    private Optional<Known> fresh(String hashPart) {
        return known.get(hashPart)
                .filter(entry -> System.nanoTime() - entry.until() < 0 && entry.version() == version());
    }

    private long version() {
        return content.deletions() + changes.get();
    }

    /** The answer that was rendered before, if it was. */
    private Optional<HttpReply.Whole> reply(Known entry) {
        if (entry.reply().isPresent() && entry.stored()) {
            usage.used(List.of(entry.info().path()));
        }
        return entry.reply();
    }

    /** The path with a hash part, here or at a substituter. */
    Optional<Found> find(String hashPart) {
        return look(hashPart).map(entry -> new Found(entry.info(), entry.stored()));
    }

    private Optional<Known> look(String hashPart) {
        // Read before the store is asked: what changes meanwhile makes the answer old.
        long version = version();
        Optional<Known> found = content.find(hashPart)
                // Of paths registered by very old releases the size is not known, and no narinfo can be made.
                .filter(info -> info.narSize() > 0)
                .map(info -> new Found(info, true))
                .or(() -> content.offered(hashPart).map(info -> new Found(info, false)))
                .map(one -> new Known(
                        one.info(),
                        known.get(hashPart)
                                .filter(before -> before.info().equals(one.info()))
                                .flatMap(Known::reply),
                        one.stored(),
                        System.nanoTime() + PRESENT_NANOS,
                        version));
        found.ifPresent(entry -> known.put(hashPart, entry));
        return found;
    }

    /** The answer to a request for one. */
    HttpReply.Whole answer(String hashPart) {
        long uploaded = uploads.get();
        Optional<Known> found = look(hashPart);
        while (found.isPresent()
                && found.get().stored()
                && !usage.hold(List.of(found.get().info().path()))) {
            found = look(hashPart);
        }
        if (found.isEmpty()) {
            absent.put(hashPart, new Absent(System.nanoTime() + ABSENT_NANOS, uploaded));
            return ABSENT;
        }
        Known entry = found.get();
        return reply(entry).orElseGet(() -> {
            Known rendered = entry.answered(render(entry.info()));
            known.put(hashPart, rendered);
            return reply(rendered).orElseThrow();
        });
    }

    private HttpReply.Whole render(PathInfo info) {
        NarInfo file = new NarInfo(
                signer.sign(content.storeDir(), info),
                Target.narUrl(info),
                "none",
                Optional.of(info.narHash()),
                OptionalLong.of(info.narSize()));
        byte[] text = file.print(content.storeDir()).getBytes(StandardCharsets.UTF_8);
        String tag = "\"" + Hash.sha256(text).toBase16().substring(0, 32) + "\"";
        return new HttpReply.Whole(200, Map.of("content-type", "text/x-nix-narinfo", "etag", tag), text);
    }

    /** To be called when a path got signatures. */
    void changed() {
        changes.incrementAndGet();
    }

    /** To be called when a path was added. */
    void added() {
        uploads.incrementAndGet();
    }
}
