package dev.berth.store.cache;

import dev.berth.nix.Hash;
import dev.berth.nix.NarInfo;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarSink;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Optional;

/** Reads the NAR of one narinfo: decompresses it and holds it to the sizes and the file hash that were announced. */
public final class NarDownload {
    private final NarInfo info;
    private final Compression compression;

    /** @param compression what {@link NarInfo#compression} names */
    public NarDownload(NarInfo info, Compression compression) {
        this.info = info;
        this.compression = compression;
    }

    /**
     * @param file the compressed NAR, which is closed
     * @throws IOException if it is not what was announced; the sink has then seen a part
     */
    public void run(InputStream file, NarSink sink) throws IOException {
        Optional<MessageDigest> digest =
                info.fileHash().map(hash -> hash.algorithm().newDigest());
        try (Counted compressed =
                        new Counted(file, "file " + info.url(), info.fileSize().orElse(Long.MAX_VALUE), digest);
                InputStream decoded = compression.decode(compressed);
                Counted nar = new Counted(decoded, "NAR", info.info().narSize(), Optional.empty())) {
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

    private static void require(String what, long actual, long announced) throws IOException {
        if (actual != announced) {
            throw new IOException(what + " has " + actual + " bytes, announced were " + announced);
        }
    }
}
