package dev.berth.store.cache;

import dev.berth.nix.Hash;
import dev.berth.nix.NarInfo;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarSink;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.LongConsumer;

/** Reads the NAR of one narinfo: decompresses it and holds it to the sizes and the file hash that were announced. */
public final class NarDownload {
    private final NarInfo info;
    private final Compression compression;
    private final DownloadProgress progress;

    /** @param compression what {@link NarInfo#compression} names */
    public NarDownload(NarInfo info, Compression compression) {
        this(info, compression, DownloadProgress.NONE);
    }

    NarDownload(NarInfo info, Compression compression, DownloadProgress progress) {
        this.info = info;
        this.compression = compression;
        this.progress = progress;
    }

    /**
     * @param file whose body is there
     * @throws IOException if it is not what was announced, and then nothing of it is kept for another try; or if it cannot
     *     be got. The sink has then seen a part
     */
    void run(Download file, NarSink sink) throws IOException {
        try {
            run(file.body().orElseThrow(), file.kept(), sink);
        } catch (TransportException | InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            file.discard();
            throw file.kept() > 0 ? new StaleDownload(e) : e;
        }
        file.discard();
    }

    /**
     * @param file the compressed NAR, which is closed
     * @throws IOException if it is not what was announced; the sink has then seen a part
     */
    public void run(InputStream file, NarSink sink) throws IOException {
        run(file, 0, sink);
    }

    /**
     * @param file the compressed NAR, which is closed
     * @param kept how much of it does not come from the cache
     */
    private void run(InputStream file, long kept, NarSink sink) throws IOException {
        Optional<MessageDigest> digest =
                info.fileHash().map(hash -> hash.algorithm().newDigest());
        try (Counted compressed = new Counted(
                        file, "file " + info.url(), info.fileSize().orElse(Long.MAX_VALUE), digest, told(kept));
                InputStream decoded = compression.decode(compressed);
                Counted nar = new Counted(decoded, "NAR", info.info().narSize(), Optional.empty(), _ -> {})) {
            NarReader.whole(nar).sendTo(sink);
            compressed.drain();
            require("NAR", nar.count(), info.info().narSize());
            if (info.fileSize().isPresent()) {
                require(
                        "file " + info.url(),
                        compressed.count(),
                        info.fileSize().getAsLong());
            }
            if (digest.isPresent() && info.fileHash().isPresent()) {
                Hash announced = info.fileHash().get();
                Hash actual = Hash.of(announced.algorithm(), digest.get());
                if (!actual.equals(announced)) {
                    throw new IOException(
                            "file " + info.url() + " has hash " + actual + ", announced was " + announced);
                }
            }
        }
    }

    private LongConsumer told(long kept) {
        long all = info.fileSize().orElse(0);
        long[] told = {kept};
        if (kept > 0) {
            progress.downloaded(0, kept, all);
        }
        return count -> {
            if (count > told[0]) {
                progress.downloaded(count - told[0], count, all);
                told[0] = count;
            }
        };
    }

    private static void require(String what, long actual, long announced) throws IOException {
        if (actual != announced) {
            throw new IOException(what + " has " + actual + " bytes, announced were " + announced);
        }
    }
}
