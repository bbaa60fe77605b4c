package dev.berth.gateway.http;

import com.github.luben.zstd.RecyclingBufferPool;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.berth.gateway.CacheContent;
import dev.berth.gateway.KeptNar;
import dev.berth.gateway.KeptNar.Form;
import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.StoreException;
import dev.berth.store.usage.UsageRecorder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** NARs as they are served: whole, a range, or compressed for the way. Any thread. */
final class Nars {
    /** A cluster's network is quicker than any level that compresses better. */
    private static final int LEVEL = 1;

    /** Smaller ones fit into the packets that are sent in any case. */
    private static final long WORTH_COMPRESSING = 1 << 10;

    private final CacheContent content;
    private final NarInfos narInfos;
    private final Fetches fetches;
    private final UsageRecorder usage;
    private final boolean compression;

    Nars(CacheContent content, NarInfos narInfos, UsageRecorder usage, boolean compression) {
        this.content = content;
        this.narInfos = narInfos;
        this.fetches = new Fetches(content);
        this.usage = usage;
        this.compression = compression;
    }

    /**
     * The answer to a request for one. What only a substituter has is fetched first, unless the body is not wanted.
     *
     * @throws StoreException if a substituter fails
     */
    HttpReply answer(HttpRequest request, Target.Nar target) {
        Optional<NarInfos.Found> found = narInfos.find(target.hashPart());
        if (found.isPresent() && !found.get().stored() && matches(found.get().info(), target) && isGet(request)) {
            fetches.fetch(found.get().info().path());
            found = narInfos.find(target.hashPart());
        }
        if (found.isEmpty() || !matches(found.get().info(), target)) {
            return TextReply.notFound("no such NAR");
        }
        PathInfo info = found.get().info();
        if (found.get().stored()) {
            usage.used(List.of(info.path()));
        }
        return answer(request, info);
    }

    /** What can be said at once: of a whole NAR that is kept. */
    Optional<HttpReply> quick(HttpRequest request, Target.Nar target) {
        if (!isGet(request) || request.header("range").isPresent()) {
            return Optional.empty();
        }
        return narInfos.stored(target.hashPart())
                .filter(info -> matches(info, target))
                .flatMap(info -> {
                    boolean zstd = isCompressed(request, info);
                    return content.kept(info.narHash(), zstd ? Form.ZSTD : Form.PLAIN)
                            .map(nar -> {
                                usage.used(List.of(info.path()));
                                return new HttpReply.Kept(200, zstd ? compressed(info) : headers(info), nar);
                            });
                });
    }

    private boolean isCompressed(HttpRequest request, PathInfo info) {
        return compression && info.narSize() >= WORTH_COMPRESSING && acceptsZstd(request);
    }

    private static boolean matches(PathInfo info, Target.Nar target) {
        return Target.digits(info).equals(target.narHash());
    }

    private static boolean isGet(HttpRequest request) {
        return request.method().equals("GET");
    }

    private HttpReply answer(HttpRequest request, PathInfo info) {
        String tag = tag(info);
        Map<String, String> headers = headers(info);
        ByteRange whole = new ByteRange(0, info.narSize());
        Optional<ByteRange> range = range(request, info, tag);
        if (range.isPresent()) {
            if (range.get().isNone()) {
                headers.put("content-type", TextReply.PLAIN);
                headers.put("content-range", "bytes */" + info.narSize());
                headers.remove("etag");
                return new HttpReply.Whole(
                        416, headers, "the NAR has no such range\n".getBytes(StandardCharsets.UTF_8));
            }
            headers.put(
                    "content-range",
                    "bytes " + range.get().from() + "-" + (range.get().to() - 1) + "/" + info.narSize());
            return streamed(206, headers, info, range.get());
        }
        if (isCompressed(request, info)) {
            return compressedNow(request, info)
                    .orElseGet(() -> new HttpReply.Streamed(
                            200, compressed(info), OptionalLong.empty(), out -> compress(info, out)));
        }
        return streamed(200, headers, info, whole);
    }

    private static String tag(PathInfo info) {
        return "\"" + Target.digits(info) + "\"";
    }

    private Map<String, String> headers(PathInfo info) {
        Map<String, String> headers = new HashMap<>();
        headers.put("content-type", "application/x-nix-nar");
        headers.put("accept-ranges", "bytes");
        headers.put("etag", tag(info));
        if (compression) {
            headers.put("vary", "accept-encoding");
        }
        return headers;
    }

    private Map<String, String> compressed(PathInfo info) {
        Map<String, String> headers = headers(info);
        headers.put("content-encoding", "zstd");
        headers.put("etag", "\"" + Target.digits(info) + "-zstd\"");
        // Ranges are of the plain NAR.
        headers.remove("accept-ranges");
        return headers;
    }

    /** What is kept plain is compressed whole, and kept so for the next who asks. */
    private Optional<HttpReply> compressedNow(HttpRequest request, PathInfo info) {
        Optional<KeptNar> kept = isGet(request) ? content.kept(info.narHash(), Form.PLAIN) : Optional.empty();
        return kept.map(plain -> {
            try (plain) {
                byte[] bytes = Zstd.compress(plain.bytes(), LEVEL);
                content.keep(info.narHash(), Form.ZSTD, bytes);
                return new HttpReply.Whole(200, compressed(info), bytes);
            } catch (IOException e) {
                throw new StoreException(
                        StoreException.Kind.of(e), "reading a NAR that was kept: " + e.getMessage(), e);
            }
        });
    }

    private static Optional<ByteRange> range(HttpRequest request, PathInfo info, String tag) {
        Optional<String> condition = request.header("if-range");
        if (!isGet(request)
                || (condition.isPresent() && !condition.get().strip().equals(tag))) {
            return Optional.empty();
        }
        return request.header("range").flatMap(header -> ByteRange.parse(header, info.narSize()));
    }

    /** Whether {@code zstd} is among the encodings, and not with weight 0. */
    static boolean acceptsZstd(HttpRequest request) {
        for (String header : request.headers().getOrDefault("accept-encoding", List.of())) {
            for (String item : header.toLowerCase(Locale.ROOT).split(",", -1)) {
                String[] parts = item.strip().split("\\s*;\\s*", -1);
                if (parts[0].equals("zstd")) {
                    return parts.length == 1 || !parts[1].matches("q\\s*=\\s*0(\\.0*)?");
                }
            }
        }
        return false;
    }

    private HttpReply streamed(int status, Map<String, String> headers, PathInfo info, ByteRange range) {
        return new HttpReply.Streamed(status, headers, OptionalLong.of(range.length()), out -> write(info, out, range));
    }

    private void write(PathInfo info, BodyOutput out, ByteRange range) throws IOException {
        RangeOutput part = new RangeOutput(out, range);
        NarBody body = new NarBody(part);
        try {
            content.nar(info.path(), body);
        } catch (StoreException e) {
            if (e.getCause() instanceof RangeOutput.Complete) {
                return;
            }
            throw new IOException(e.getMessage(), e);
        }
        // A file that has changed its size: the connection is cut, rather than that the length be a lie.
        requireSize(info, body.size());
    }

    private void compress(PathInfo info, BodyOutput out) throws IOException {
        Below below = new Below(out);
        try (ZstdOutputStreamNoFinalizer zstd =
                new ZstdOutputStreamNoFinalizer(below, RecyclingBufferPool.INSTANCE, LEVEL)) {
            boolean complete = false;
            try {
                NarWriter nar = new NarWriter(zstd);
                content.nar(info.path(), nar);
                requireSize(info, nar.size());
                complete = true;
            } catch (StoreException e) {
                throw new IOException(e.getMessage(), e);
            } finally {
                below.isCut = !complete;
            }
        }
    }

    /** Where the compressed bytes go; when it is cut, the end of the stream that closing writes does not. */
    private static final class Below extends OutputStream {
        private final BodyOutput out;
        private boolean isCut;

        Below(BodyOutput out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (!isCut) {
                out.write(bytes, offset, length);
            }
        }
    }

    private static void requireSize(PathInfo info, long size) throws IOException {
        if (size != info.narSize()) {
            throw new IOException("the NAR of '" + info.path() + "' has " + size + " bytes and not " + info.narSize());
        }
    }
}
