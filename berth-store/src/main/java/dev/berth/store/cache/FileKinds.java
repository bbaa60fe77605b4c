package dev.berth.store.cache;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What the files of a cache are, and how those are compressed on the way that are text (libstore/binary-cache-store.hh,
 * {@code narinfo-compression} and its like). A reader learns of it by {@code Content-Encoding}.
 *
 * @param narInfo how narinfo files are compressed, or {@code NONE}
 * @param listing how {@code .ls} files are
 * @param log how build logs are
 */
record FileKinds(Compression narInfo, Compression listing, Compression log) {
    static final FileKinds PLAIN = new FileKinds(Compression.NONE, Compression.NONE, Compression.NONE);

    /** @throws dev.berth.store.StoreException for a compression that can only be read */
    FileKinds {
        for (Compression compression : List.of(narInfo, listing, log)) {
            new Encoder(compression, OptionalInt.empty(), false);
        }
    }

    /** The media type of a file. */
    static String type(String name) {
        if (name.endsWith(".narinfo")) {
            return "text/x-nix-narinfo";
        }
        if (name.equals(CacheInfo.NAME)) {
            return "text/x-nix-cache-info";
        }
        if (name.startsWith("nar/")) {
            return "application/x-nix-nar";
        }
        return name.startsWith("log/") ? "text/plain; charset=utf-8" : "application/json";
    }

    /** How a file is compressed, if it is. */
    Optional<Compression> encoding(String name) {
        Compression chosen = name.endsWith(".narinfo")
                ? narInfo
                : name.endsWith(".ls") ? listing : name.startsWith("log/") ? log : Compression.NONE;
        return Optional.of(chosen).filter(compression -> compression != Compression.NONE);
    }

    /** Compresses what a file holds. */
    static void encode(Compression compression, InputStream from, OutputStream to) throws IOException {
        try (ExecutorService pool = Executors.newSingleThreadExecutor();
                OutputStream out =
                        new Encoder(compression, OptionalInt.empty(), false).encode(to, Encoder.UNKNOWN_SIZE, pool)) {
            from.transferTo(out);
        }
    }
}
