package dev.berth.store.cache;

import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarListingWriter;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.TeeSink;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

/** Writes paths into a binary cache: the NAR, what belongs to it, and the narinfo at last. Any thread. */
final class CacheWriter implements AutoCloseable {
    private final CacheCalls calls;
    private final StoreDir storeDir;
    private final Transport transport;
    private final CacheOptions options;
    private final CacheNarInfos narInfos;
    private final ExecutorService compressors;
    private volatile boolean prepared;

    /** @param narInfos is told of what was written */
    CacheWriter(
            CacheCalls calls, StoreDir storeDir, Transport transport, CacheOptions options, CacheNarInfos narInfos) {
        this.calls = calls;
        this.storeDir = storeDir;
        this.transport = transport;
        this.options = options;
        this.narInfos = narInfos;
        this.compressors = Executors.newFixedThreadPool(
                Runtime.getRuntime().availableProcessors(),
                Thread.ofPlatform().daemon().name("berth-compress-", 0).factory());
    }

    /** Writes {@code nix-cache-info} where there is none. */
    void initialise() {
        if (!prepared) {
            calls.run("cannot write to", () -> {
                if (!transport.exists(CacheInfo.NAME)) {
                    CacheInfo fresh = new CacheInfo(
                            Optional.of(storeDir), options.wantMassQuery().orElse(false), options.priority());
                    transport.write(CacheInfo.NAME, fresh.print().getBytes(StandardCharsets.UTF_8));
                }
                return this;
            });
            prepared = true;
        }
    }

    /** Adds a path whose references are there. */
    void add(PathInfo info, NarSource nar) {
        calls.run(
                "cannot add " + storeDir.print(info.path()) + " to",
                () -> publish(
                        info,
                        (signed, watching) -> new NarUpload(transport::draft, options.encoder(), compressors)
                                .run(signed, nar, watching)));
    }

    /** Brings a NAR into the cache, or finds it there. */
    interface Making {
        /**
         * @param info with the signature of the cache's own key, if it has one
         * @param watching wraps the sink that is told the tree
         * @return the narinfo, whose NAR is in the cache and what it says
         */
        NarInfo run(PathInfo info, UnaryOperator<NarSink> watching) throws IOException;
    }

    /** Makes a path visible, with its listing and the index of debug information if this cache has them. */
    NarInfo publish(PathInfo info, Making making) throws IOException {
        PathInfo signed =
                options.signingKey().map(key -> info.signed(storeDir, key)).orElse(info);
        DebugFiles debug = new DebugFiles();
        UnaryOperator<NarSink> watching =
                options.indexDebugInfo() ? sink -> new TeeSink(sink, debug) : UnaryOperator.identity();
        NarInfo written;
        if (options.writeListing()) {
            try (Transport.Draft listing = transport.draft()) {
                NarListingWriter listed = new NarListingWriter(listing.out());
                written = making.run(signed, sink -> new TeeSink(watching.apply(sink), listed));
                listing.publish(info.path().hashPart() + ".ls");
            }
        } else {
            written = making.run(signed, watching);
        }
        for (String member : debug.members()) {
            String link = DebugFiles.file(member);
            if (!transport.exists(link)) {
                transport.write(link, DebugFiles.link(written.url(), member));
            }
        }
        transport.write(CacheNarInfos.file(info.path().hashPart()), printed(written));
        narInfos.written(written);
        return written;
    }

    private byte[] printed(NarInfo info) {
        return info.print(storeDir).getBytes(StandardCharsets.UTF_8);
    }

    /** What becomes of a narinfo. */
    interface Change {
        /** @return empty if it is not there */
        Optional<NarInfo> of(Optional<byte[]> old) throws IOException;
    }

    /** @throws StoreException of kind {@code ABSENT} if there is none of the path */
    void update(StorePath path, Change change) {
        calls.run("cannot sign " + storeDir.print(path) + " in", () -> {
            transport.update(
                    CacheNarInfos.file(path.hashPart()),
                    CacheNarInfos.MAX_SIZE,
                    old -> printed(change.of(old)
                            .orElseThrow(() -> new StoreException(
                                    Kind.ABSENT, "path " + storeDir.print(path) + " is not in " + calls.uri()))));
            return path;
        });
    }

    @Override
    public void close() {
        compressors.shutdownNow();
    }
}
