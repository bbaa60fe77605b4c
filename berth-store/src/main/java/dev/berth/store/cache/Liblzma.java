package dev.berth.store.cache;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The machine's liblzma (lzma/container.h, lzma/lzma12.h of XZ Utils 5), where it has one: it compresses twice as fast as
 * the Java library. Most distributions cannot do without it; a container may.
 */
final class Liblzma {
    private static final Optional<Liblzma> FOUND = load();

    private static final int CHECK_CRC64 = 4;
    private static final long FILTER_LZMA2 = 0x21;
    private static final long FILTER_END = -1;

    /** More than sizeof(lzma_options_lzma), whose first field is the size of the dictionary. */
    private static final int OPTIONS_SIZE = 512;

    private final MethodHandle preset;
    private final MethodHandle bound;
    private final MethodHandle encode;

    private Liblzma(SymbolLookup library) {
        Linker linker = Linker.nativeLinker();
        preset = linker.downcallHandle(
                library.findOrThrow("lzma_lzma_preset"), FunctionDescriptor.of(JAVA_BYTE, ADDRESS, JAVA_INT));
        bound = linker.downcallHandle(
                library.findOrThrow("lzma_stream_buffer_bound"), FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
        encode = linker.downcallHandle(
                library.findOrThrow("lzma_stream_buffer_encode"),
                FunctionDescriptor.of(
                        JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG));
    }

    /** The library, if there is one. */
    static Optional<Liblzma> find() {
        return FOUND;
    }

    private static Optional<Liblzma> load() {
        try {
            return Optional.of(new Liblzma(SymbolLookup.libraryLookup("liblzma.so.5", Arena.global())));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // there is none: the Java library does it
        }
    }

    /**
     * Compresses to a whole .xz stream of one block, or of none for no input, with CRC64.
     *
     * @param level 0 to 9
     * @param dictionary the size of the dictionary in bytes, at least 4,096
     */
    byte[] compress(byte[] input, int length, int level, int dictionary) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment options = arena.allocate(OPTIONS_SIZE, Long.BYTES);
            if ((byte) preset.invokeExact(options, level) != 0) {
                throw new IOException("liblzma has no level " + level);
            }
            options.set(JAVA_INT, 0, dictionary);
            MemorySegment filters = arena.allocate(4 * Long.BYTES, Long.BYTES);
            filters.set(JAVA_LONG, 0, FILTER_LZMA2);
            filters.set(ADDRESS, Long.BYTES, options);
            filters.set(JAVA_LONG, 2 * Long.BYTES, FILTER_END);
            MemorySegment in = arena.allocate(Math.max(1, length));
            MemorySegment.copy(input, 0, in, JAVA_BYTE, 0, length);
            MemorySegment out = arena.allocate((long) bound.invokeExact((long) length));
            MemorySegment used = arena.allocate(JAVA_LONG);
            int result = (int) encode.invokeExact(
                    filters, CHECK_CRC64, MemorySegment.NULL, in, (long) length, out, used, out.byteSize());
            if (result != 0) {
                throw new IOException("liblzma failed with error " + result);
            }
            return out.asSlice(0, used.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("a call into liblzma failed", t);
        }
    }
}
