package dev.berth.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The beginning of a file that a library in this process has mapped, read without a system call. The view is of its own
 * (mremap(2) of nothing), so that it stays when the library unmaps the file, and is made without opening the file: to close a
 * descriptor of it would take away the locks that the library holds on it (fcntl(2)). Any thread.
 */
public final class MappedWords {
    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final long MREMAP_MAYMOVE = 1;
    /** The least that can be mapped; the kernel makes a whole page of it. */
    private static final int PAGE = 4096;

    private static final NativeFunction MREMAP = NativeFunction.of("mremap");
    private static final NativeFunction MUNMAP = NativeFunction.of("munmap");

    private final MemorySegment memory;

    private MappedWords(MemorySegment memory) {
        this.memory = memory;
    }

    /**
     * A view of the first {@value #PAGE} bytes of a file, unmapped when nobody has it any more.
     *
     * @param file in a form without symbolic links, and mapped from its start and shared, as long as this runs; who holds the
     *     view sees to it that the file is not cut
     * @return empty if it is not mapped so
     */
    public static Optional<MappedWords> of(Path file) throws IOException {
        byte[] name = Names.bytes(file);
        Optional<Long> address = mapped(name, Optional.empty());
        if (address.isEmpty()) {
            return Optional.empty();
        }
        long view;
        try (Scratch s = Scratch.take()) {
            view = MREMAP.callAddress(s, address.get(), 0, PAGE, MREMAP_MAYMOVE);
        }
        if (view < 0) {
            return Optional.empty();
        }
        MemorySegment memory = MemorySegment.ofAddress(view).reinterpret(PAGE, Arena.ofAuto(), _ -> unmap(view));
        // Another view may have been unmapped meanwhile, and something else mapped there.
        return mapped(name, Optional.of(view)).isPresent() ? Optional.of(new MappedWords(memory)) : Optional.empty();
    }

    private static void unmap(long view) {
        try (Scratch s = Scratch.take()) {
            int _ = MUNMAP.call(s, view, PAGE);
        }
    }

    /** Where the beginning of a file is mapped and shared: anywhere, or at an address only. */
    private static Optional<Long> mapped(byte[] name, Optional<Long> at) throws IOException {
        // Latin-1 has one character a byte. A name with a line feed is written in another way, and not found.
        String wanted = new String(name, StandardCharsets.ISO_8859_1);
        for (String line : Files.readAllLines(MAPS, StandardCharsets.ISO_8859_1)) {
            // 7f10a0000000-7f10a0008000 rw-s 00000000 00:1b 4711       /path
            String[] fields = line.split(" +", 6);
            if (fields.length == 6
                    && fields[5].equals(wanted)
                    && fields[1].startsWith("r")
                    && fields[1].endsWith("s")
                    && Long.parseLong(fields[2], 16) == 0) {
                long start = Long.parseUnsignedLong(fields[0].substring(0, fields[0].indexOf('-')), 16);
                if (at.isEmpty() || at.get() == start) {
                    return Optional.of(start);
                }
            }
        }
        return Optional.empty();
    }

    /** Whether the first words of 64 bits are these. What others wrote before this was called is seen. */
    public boolean startWith(long[] words) {
        VarHandle.fullFence();
        for (int i = 0; i < words.length; i++) {
            if (memory.getAtIndex(ValueLayout.JAVA_LONG, i) != words[i]) {
                return false;
            }
        }
        return true;
    }

    /** The first words of 64 bits, in the machine's order; others may be writing them. */
    public long[] first(int count) {
        VarHandle.fullFence();
        long[] words = new long[count];
        for (int i = 0; i < count; i++) {
            words[i] = memory.getAtIndex(ValueLayout.JAVA_LONG, i);
        }
        return words;
    }
}
