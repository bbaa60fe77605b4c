package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZInputStream;

class XzBlocksTest {
    private static final int DICTIONARY = 1 << 20;

    @Test
    void theJavaLibrary() throws IOException {
        LZMA2Options options = new LZMA2Options(1);
        options.setDictSize(DICTIONARY);
        roundTrips(XzBlocks.java(options));
    }

    @Test
    void theMachinesLibrary() throws IOException {
        assumeTrue(Liblzma.find().isPresent(), "this machine has no liblzma.so.5");
        Liblzma library = Liblzma.find().orElseThrow();
        roundTrips((input, length) -> library.compress(input, length, 1, DICTIONARY));
    }

    private static void roundTrips(XzBlocks.Compressor compressor) throws IOException {
        for (int size : new int[] {0, 1, 70_000, XzBlocks.blockSize(), 2 * XzBlocks.blockSize() + 3}) {
            byte[] input = new byte[size];
            new Random(size).nextBytes(input);
            // Half of it can be compressed.
            Arrays.fill(input, 0, size / 2, (byte) 'x');
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (ExecutorService pool = Executors.newFixedThreadPool(2);
                    XzBlocks blocks = new XzBlocks(out, compressor, pool)) {
                blocks.write(input);
            }
            try (XZInputStream in = new XZInputStream(new ByteArrayInputStream(out.toByteArray()))) {
                assertThat(in.readAllBytes()).isEqualTo(input);
            }
        }
    }
}
