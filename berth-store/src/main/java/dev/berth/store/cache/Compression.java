package dev.berth.store.cache;

import com.github.luben.zstd.RecyclingBufferPool;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
import org.brotli.dec.BrotliInputStream;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.XZInputStream;

/** The compressions of NARs that are read, by their names in narinfo files (libutil/compression.cc). */
public enum Compression {
    NONE("none", ""),
    XZ("xz", ".xz"),
    BZIP2("bzip2", ".bz2"),
    ZSTD("zstd", ".zst"),
    BROTLI("br", ".br"),
    GZIP("gzip", ""),
    LZIP("lzip", ".lzip"),
    LZ4("lz4", ".lz4"),
    LZMA("lzma", "");

    /** What a decoder of the LZMA family may hold: a dictionary of 64 MiB, the greatest of {@code xz -9}, fits. */
    private static final int MEMORY_LIMIT_KIB = 80 << 10;

    private static final int BUFFER = 64 << 10;

    private final String text;
    private final String extension;

    Compression(String text, String extension) {
        this.text = text;
        this.extension = extension;
    }

    /** The name in a narinfo. */
    public String text() {
        return text;
    }

    /** What Nix adds to the names of NAR files. */
    String extension() {
        return extension;
    }

    /** The compression whose files end so. */
    static Optional<Compression> ofExtension(String extension) {
        return Arrays.stream(values())
                .filter(c -> !extension.isEmpty() && c.extension.equals(extension))
                .findFirst();
    }

    /** The compression of that name in narinfo files. */
    public static Optional<Compression> of(String text) {
        return Arrays.stream(values()).filter(c -> c.text.equals(text)).findFirst();
    }

    /** The names of all, for messages. */
    public static String names() {
        return Arrays.stream(values()).map(Compression::text).collect(Collectors.joining(", "));
    }

    /**
     * The decompressed bytes, those of all members or frames that follow each other. Whatever is wrong with the input
     * comes as an {@link IOException}; closing closes the input.
     */
    public InputStream decode(InputStream compressed) throws IOException {
        if (this == NONE) {
            return compressed;
        }
        InputStream in = new BufferedInputStream(compressed, BUFFER);
        try {
            return new Decoded(this, decoder(in));
        } catch (TransportException | InterruptedIOException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw malformed(e);
        }
    }

    private InputStream decoder(InputStream in) throws IOException {
        return switch (this) {
            case NONE -> in;
            case XZ -> new XZInputStream(in, MEMORY_LIMIT_KIB);
            case BZIP2 -> new BZip2CompressorInputStream(in, true);
            case ZSTD -> new ZstdInputStreamNoFinalizer(in, RecyclingBufferPool.INSTANCE);
            case BROTLI -> new BrotliInputStream(in, BUFFER);
            case GZIP ->
                GzipCompressorInputStream.builder()
                        .setInputStream(in)
                        .setDecompressConcatenated(true)
                        .get();
            case LZIP -> new LzipInputStream(in, MEMORY_LIMIT_KIB);
            case LZ4 -> new FramedLZ4CompressorInputStream(in, true);
            case LZMA -> new LZMAInputStream(in, MEMORY_LIMIT_KIB);
        };
    }

    private IOException malformed(Exception e) {
        String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new IOException("malformed " + text + " data (" + why + ")", e);
    }

    /** Makes of what the libraries throw at bad input the exception that they should. */
    private static final class Decoded extends InputStream {
        private final Compression compression;
        private final InputStream in;

        Decoded(Compression compression, InputStream in) {
            this.compression = compression;
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                return in.read(buffer, offset, length);
            } catch (TransportException | InterruptedIOException e) {
                throw e;
            } catch (EOFException e) {
                throw new IOException(compression.text + " data is truncated", e);
            } catch (IOException | RuntimeException e) {
                throw compression.malformed(e);
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
