package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.Hash;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarHasher;
import dev.berth.testing.Command;
import dev.berth.testing.Requires;
import dev.berth.testing.Seed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The codecs alone: what is written is read, members follow each other, and no input breaks the reader. */
final class CompressionTest {
    private static final EnumSet<Compression> WRITTEN =
            EnumSet.of(Compression.NONE, Compression.XZ, Compression.ZSTD, Compression.BZIP2, Compression.GZIP);

    @TempDir
    private Path directory;

    private static byte[] encode(Compression compression, byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (compression == Compression.LZ4) {
            try (OutputStream out = new FramedLZ4CompressorOutputStream(bytes)) {
                out.write(plain);
            }
            return bytes.toByteArray();
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(2);
                OutputStream out =
                        new Encoder(compression, OptionalInt.empty(), false).encode(bytes, plain.length, pool)) {
            out.write(plain);
        }
        return bytes.toByteArray();
    }

    private static byte[] decode(Compression compression, byte[] packed) throws IOException {
        try (InputStream in = compression.decode(new Trickle(packed))) {
            return in.readAllBytes();
        }
    }

    /** Gives a few bytes at a time, as a socket may, and never says that more are there. */
    private static final class Trickle extends ByteArrayInputStream {
        Trickle(byte[] bytes) {
            super(bytes);
        }

        @Override
        public synchronized int read(byte[] buffer, int offset, int length) {
            return super.read(buffer, offset, Math.min(length, 1000));
        }

        @Override
        public synchronized int available() {
            return 0;
        }
    }

    private static byte[] noise(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        Arrays.fill(bytes, size / 3, size / 2, (byte) 'x');
        return bytes;
    }

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"NONE", "XZ", "ZSTD", "BZIP2", "GZIP"})
    void readsBackWhatItWrote(Compression compression) throws IOException {
        // More than a block of xz, which the others need not see.
        int most = compression == Compression.XZ ? 4_300_000 : 200_000;
        for (int size : new int[] {0, 1, 8, 4096, 70_000, most}) {
            byte[] plain = noise(size);
            assertThat(decode(compression, encode(compression, plain))).isEqualTo(plain);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"XZ", "ZSTD", "BZIP2", "GZIP", "LZ4"})
    void membersFollowEachOther(Compression compression) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        for (int size : new int[] {10, 50_000, 0, 3000}) {
            packed.write(encode(compression, noise(size)));
            plain.write(noise(size));
        }
        assertThat(decode(compression, packed.toByteArray())).isEqualTo(plain.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"lzip", "zstd", "xz", "bzip2", "gzip", "brotli", "lz4"})
    void readsMembersOfTheRealProgram(String program) throws IOException {
        Requires.program(program);
        Path file = directory.resolve("data");
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        int[] sizes = program.equals("brotli") ? new int[] {50_000} : new int[] {50_000, 7, 3000};
        for (int size : sizes) {
            Files.write(file, noise(size));
            plain.write(noise(size));
            packed.write(Command.of(program, "-c", file.toString()).succeed().stdoutBytes());
        }
        Compression compression =
                Compression.of(program.equals("brotli") ? "br" : program).orElseThrow();
        assertThat(decode(compression, packed.toByteArray())).isEqualTo(plain.toByteArray());
    }

    @Test
    void aDictionaryBeyondTheLimitIsRefused() throws IOException {
        Requires.program("xz");
        Path file = directory.resolve("data");
        Files.write(file, noise(5000));
        byte[] packed = Command.of("xz", "-c", "--lzma2=preset=6,dict=256MiB", file.toString())
                .succeed()
                .stdoutBytes();
        assertThatThrownBy(() -> decode(Compression.XZ, packed)).isInstanceOf(IOException.class);
    }

    /** Changes valid files at random: each reads as what was announced, or is refused; nothing else ever happens. */
    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"NONE", "XZ", "ZSTD", "BZIP2", "GZIP", "LZ4"})
    void survivesChangedBytes(Compression compression) throws IOException {
        long seed = Seed.first();
        Random random = new Random(seed);
        var tree = Samples.tree(3, 3000);
        PathInfo info = Samples.info(Samples.path("fuzz", 3), tree);
        byte[] good = encode(compression, Samples.nar(tree));
        NarInfo announced = new NarInfo(info, "nar/x", compression.text(), Optional.empty(), OptionalLong.empty());
        int refused = 0;
        for (int i = 0; i < 600; i++) {
            byte[] bad = mutated(good, random);
            NarHasher hasher = new NarHasher();
            try {
                new NarDownload(announced, compression, DownloadProgress.NONE)
                        .run(Download.of(Optional.of(new Trickle(bad))), hasher);
                assertThat(hasher.size()).isEqualTo(info.narSize());
            } catch (IOException e) {
                refused++;
                assertThat(e.getMessage()).as("seed %s", seed).isNotBlank();
            } catch (RuntimeException | OutOfMemoryError e) {
                throw new AssertionError("seed " + seed + ", round " + i, e);
            }
        }
        assertThat(refused).as("seed %s", seed).isPositive();
    }

    private static byte[] mutated(byte[] good, Random random) {
        byte[] bytes = good.clone();
        for (int n = random.nextInt(4); n >= 0; n--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
                default -> {
                    int length = Math.min(16, bytes.length - at);
                    System.arraycopy(good, random.nextInt(good.length - 15), bytes, at, Math.min(length, 15));
                }
            }
        }
        return bytes;
    }

    @Test
    void aWrongFileHashIsRefused() throws IOException {
        var tree = Samples.tree(4, 3000);
        PathInfo info = Samples.info(Samples.path("hash", 4), tree);
        byte[] packed = encode(Compression.ZSTD, Samples.nar(tree));
        NarInfo right =
                new NarInfo(info, "nar/x", "zstd", Optional.of(Hash.sha256(packed)), OptionalLong.of(packed.length));
        new NarDownload(right, Compression.ZSTD, DownloadProgress.NONE)
                .run(Download.of(Optional.of(new Trickle(packed))), new NarHasher());
        NarInfo wrong = new NarInfo(
                info, "nar/x", "zstd", Optional.of(Hash.sha256(new byte[0])), OptionalLong.of(packed.length));
        assertThatThrownBy(() -> new NarDownload(wrong, Compression.ZSTD, DownloadProgress.NONE)
                        .run(Download.of(Optional.of(new Trickle(packed))), new NarHasher()))
                .hasMessageContaining("has hash");
        NarInfo small = new NarInfo(info, "nar/x", "zstd", Optional.empty(), OptionalLong.of(packed.length - 1));
        assertThatThrownBy(() -> new NarDownload(small, Compression.ZSTD, DownloadProgress.NONE)
                        .run(Download.of(Optional.of(new Trickle(packed))), new NarHasher()))
                .hasMessageContaining("longer than");
    }

    @Test
    void whatIsOnlyReadIsRefusedForWriting() {
        for (Compression compression : EnumSet.complementOf(WRITTEN)) {
            assertThatThrownBy(() -> new Encoder(compression, OptionalInt.empty(), false))
                    .hasMessageContaining("'" + compression.text() + "' can be read but not written")
                    .hasMessageContaining("zstd");
        }
        assertThat(List.of(Compression.values())).hasSize(9);
    }
}
