package dev.berth.store.cache;

import com.github.luben.zstd.RecyclingBufferPool;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.berth.store.StoreException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.zip.Deflater;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;
import org.tukaani.xz.LZMA2Options;

/**
 * How NARs are compressed when they are written.
 *
 * @param compression one of those that can be written
 * @param level within what the compression knows; if empty, its usual one
 * @param parallel whether zstd may use several threads for one NAR; xz always does
 */
record Encoder(Compression compression, OptionalInt level, boolean parallel) {
    static final String NAMES = "none, xz, zstd, bzip2, gzip";

    /** For what may be large. */
    static final long UNKNOWN_SIZE = Integer.MAX_VALUE;

    private static final long SMALL_ZSTD = 1 << 20;

    /** The logarithm of the smallest window of zstd. */
    private static final int LEAST_ZSTD_WINDOW = 10;

    Encoder {
        int least = 0;
        int most = switch (compression) {
            case NONE -> Integer.MAX_VALUE;
            case XZ, GZIP -> 9;
            case BZIP2 -> {
                least = 1;
                yield 9;
            }
            case ZSTD -> 22;
            case BROTLI, LZIP, LZ4, LZMA ->
                throw new StoreException(
                        StoreException.Kind.REFUSED,
                        "compression '" + compression.text() + "' can be read but not written; write one of " + NAMES);
        };
        if (level.isPresent() && (level.getAsInt() < least || level.getAsInt() > most)) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "compression-level " + level.getAsInt() + " of " + compression.text() + " is not between " + least
                            + " and " + most);
        }
    }

    /**
     * Compresses to a stream. Closing completes the data and closes the stream below.
     *
     * @param size how much will be written, as a hint
     * @param pool where blocks are compressed
     */
    OutputStream encode(OutputStream out, long size, ExecutorService pool) throws IOException {
        return switch (compression) {
            case XZ -> new XzBlocks(out, xz(size), pool);
            case ZSTD -> zstd(out, size);
            case BZIP2 -> new BufferedOutputStream(new BZip2CompressorOutputStream(out, level.orElse(9)));
            case GZIP -> {
                GzipParameters parameters = new GzipParameters();
                parameters.setCompressionLevel(level.orElse(Deflater.DEFAULT_COMPRESSION));
                yield new BufferedOutputStream(new GzipCompressorOutputStream(out, parameters));
            }
            case NONE, BROTLI, LZIP, LZ4, LZMA -> out;
        };
    }

    private OutputStream zstd(OutputStream out, long size) throws IOException {
        ZstdOutputStreamNoFinalizer zstd =
                new ZstdOutputStreamNoFinalizer(out, RecyclingBufferPool.INSTANCE, level.orElse(3));
        if (parallel) {
            zstd.setWorkers(Runtime.getRuntime().availableProcessors());
        }
        if (size <= SMALL_ZSTD) {
            // Less to allocate and clear, which of a small NAR is most of the work.
            zstd.setWindowLog(Math.max(LEAST_ZSTD_WINDOW, Long.SIZE - Long.numberOfLeadingZeros(size)));
        }
        return zstd;
    }

    private XzBlocks.Compressor xz(long size) throws IOException {
        LZMA2Options options = lzma(size);
        return Liblzma.find()
                .<XzBlocks.Compressor>map(library -> (input, length) -> library.compress(
                        input, length, level.orElse(LZMA2Options.PRESET_DEFAULT), options.getDictSize()))
                .orElseGet(() -> XzBlocks.java(options));
    }

    private LZMA2Options lzma(long size) throws IOException {
        LZMA2Options options = new LZMA2Options(level.orElse(LZMA2Options.PRESET_DEFAULT));
        // The tables of the encoder are eleven times its dictionary: no more of it than there is to compress.
        long most = Math.min(options.getDictSize(), XzBlocks.blockSize());
        long enough = Long.highestOneBit(Math.max(LZMA2Options.DICT_SIZE_MIN, size - 1)) * 2;
        options.setDictSize((int) Math.max(LZMA2Options.DICT_SIZE_MIN, Math.min(most, enough)));
        return options;
    }
}
