package dev.berth.nix.nar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Broken and hostile input: an exception of one line, little memory, little stack. */
final class NarFuzzTest {
    private static final int MUTATIONS = 12_000;

    @Test
    void aMutatedNarIsReadOrRefused() throws IOException {
        int refused = 0;
        for (int seed = 0; seed < MUTATIONS; seed++) {
            Random random = new Random(seed);
            byte[] nar = mutated(nar(random), random);
            ByteArrayOutputStream again = new ByteArrayOutputStream();
            try {
                // The writer throws IllegalStateException if the reader tells a tree that is none.
                NarReader.whole(new ByteArrayInputStream(nar)).sendTo(new NarWriter(again));
                assertThat(again.toByteArray()).as("seed %d", seed).isEqualTo(nar);
            } catch (NarException e) {
                refused++;
                assertThat(e.getMessage()).as("seed %d", seed).doesNotContain("\n", "\0");
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(refused).isGreaterThan(MUTATIONS / 2);
    }

    @Test
    void aMutatedListingIsReadOrRefused() throws IOException {
        int refused = 0;
        for (int seed = 0; seed < MUTATIONS; seed++) {
            Random random = new Random(seed);
            byte[] listing = mutated(listing(random), random);
            try {
                NarListing.read(new ByteArrayInputStream(listing), new NarListingTest.Log());
            } catch (NarException e) {
                refused++;
                assertThat(e.getMessage()).as("seed %d", seed).doesNotContain("\n", "\0");
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(refused).isGreaterThan(MUTATIONS / 2);
    }

    @Test
    void aDeepNarIsRefusedWithoutUsingStack() throws IOException {
        read(deep(NarLimits.DEPTH), true);
        for (int depth : new int[] {NarLimits.DEPTH + 1, 10_000, 200_000}) {
            assertThatThrownBy(() -> read(deep(depth), false))
                    .isInstanceOf(NarException.class)
                    .hasMessageStartingWith("NAR has directories deeper than 2048");
        }
    }

    @Test
    void declaredSizesAreNotAllocated() {
        for (long size : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 7, -1, -8, Long.MIN_VALUE, NarLimits.FILE + 1}) {
            assertThatThrownBy(() -> read(new ByteArrayInputStream(file(size)), false))
                    .isInstanceOf(NarException.class)
                    .hasMessageEndingWith("more than a file can have");
        }
        for (long size : new long[] {100, 101, Integer.MAX_VALUE, 1L << 40, NarLimits.FILE}) {
            assertThatThrownBy(() -> read(new ByteArrayInputStream(file(size)), false))
                    .isInstanceOf(NarException.class)
                    .hasMessageStartingWith("NAR is truncated: it ends at byte ");
        }
    }

    @Test
    void everyTruncationIsRefusedAndEveryTrailingByte() throws IOException {
        byte[] nar = nar(new Random(7));
        for (int length = 0; length < nar.length; length++) {
            byte[] cut = Arrays.copyOf(nar, length);
            assertThatThrownBy(() -> read(new ByteArrayInputStream(cut), false))
                    .as("%d bytes", length)
                    .isInstanceOf(NarException.class)
                    .hasMessage("NAR is truncated: it ends at byte " + length);
        }
        assertThatThrownBy(() -> read(new ByteArrayInputStream(Arrays.copyOf(nar, nar.length + 1)), false))
                .isInstanceOf(NarException.class)
                .hasMessage("more bytes follow after the end of the NAR at byte " + nar.length);
    }

    @Test
    void linksAndNamesBeyondWhatLinuxTakesAreRefused() throws IOException {
        for (int length : new int[] {0, NarLimits.TARGET + 1, 1 << 20}) {
            assertThatThrownBy(() -> read(new ByteArrayInputStream(link("x".repeat(length))), false))
                    .isInstanceOf(NarException.class)
                    .hasMessageContaining("symlink target");
        }
        assertThatThrownBy(() -> read(new ByteArrayInputStream(link("a\0b")), false))
                .isInstanceOf(NarException.class)
                .hasMessageContaining("symlink target");
        read(new ByteArrayInputStream(link("x".repeat(NarLimits.TARGET))), true);
        read(new ByteArrayInputStream(entries("x".repeat(NarLimits.NAME))), true);
        assertThatThrownBy(() -> read(new ByteArrayInputStream(entries("x".repeat(NarLimits.NAME + 1))), false))
                .isInstanceOf(NarException.class)
                .hasMessageContaining("file name of 256 bytes");
    }

    @Test
    void duplicatesAndDisorderAreRefused() throws IOException {
        read(new ByteArrayInputStream(entries("a", "aa", "b", "~")), true);
        assertThatThrownBy(() -> read(new ByteArrayInputStream(entries("a", "a")), false))
                .hasMessageStartingWith("NAR contains file name 'a' twice in a directory");
        assertThatThrownBy(() -> read(new ByteArrayInputStream(entries("~", "b")), false))
                .hasMessageStartingWith("NAR directory is not sorted: 'b' comes after '~'");
    }

    @Test
    void theWriterRefusesWhatTheReaderWould() throws IOException {
        NarWriter writer = new NarWriter(OutputStream.nullOutputStream());
        writer.startDirectory();
        assertThatThrownBy(() -> writer.entry("a/b".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(NarException.class);
        writer.entry(new byte[] {'b'});
        assertThatThrownBy(() -> writer.startFile(false, -1)).isInstanceOf(NarException.class);
        writer.startFile(false, 3);
        writer.contents(new byte[2], 0, 2);
        assertThatThrownBy(writer::endFile).isInstanceOf(NarException.class).hasMessageContaining("1 bytes shorter");
        assertThatThrownBy(() -> writer.contents(new byte[2], 0, 2)).isInstanceOf(NarException.class);
        assertThatThrownBy(writer::startDirectory).isInstanceOf(IllegalStateException.class);
    }

    private static void read(InputStream in, boolean good) throws IOException {
        NarHasher hasher = new NarHasher();
        NarReader.whole(in).sendTo(hasher);
        assertThat(good).isTrue();
        assertThat(hasher.hash()).isNotNull();
    }

    /** Directories in each other, never in memory as a whole. */
    private static InputStream deep(int depth) {
        byte[] directory = tokens("(", "type", "directory");
        byte[] entry = tokens("entry", "(", "name", "a", "node", "(", "type", "directory");
        byte[] end = tokens(")");
        return new SequenceInputStream(
                new SequenceInputStream(
                        new ByteArrayInputStream(concat(tokens("nix-archive-1"), directory)),
                        new Repeat(entry, depth - 1)),
                new Repeat(end, 2 * depth - 1));
    }

    private static byte[] file(long size) {
        byte[] head = tokens("nix-archive-1", "(", "type", "regular", "contents");
        byte[] nar = Arrays.copyOf(head, head.length + 100);
        NarFormat.WORD.set(nar, head.length, size);
        return nar;
    }

    private static byte[] link(String target) {
        return tokens("nix-archive-1", "(", "type", "symlink", "target", target, ")");
    }

    private static byte[] entries(String... names) {
        byte[] nar = tokens("nix-archive-1", "(", "type", "directory");
        for (String name : names) {
            nar = concat(
                    nar, tokens("entry", "(", "name", name, "node", "(", "type", "regular", "contents", "", ")", ")"));
        }
        return concat(nar, tokens(")"));
    }

    private static byte[] tokens(String... tokens) {
        byte[] all = new byte[0];
        for (String token : tokens) {
            all = concat(all, new NarFormat.Tag(token).encoded());
        }
        return all;
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static byte[] nar(Random random) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        small(random, new NarWriter(out));
        return out.toByteArray();
    }

    private static byte[] listing(Random random) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        small(random, new NarListingWriter(out));
        return out.toByteArray();
    }

    private static void small(Random random, NarSink sink) throws IOException {
        sink.startDirectory();
        for (char name = 'a'; name < 'a' + random.nextInt(1, 4); name++) {
            sink.entry(new byte[] {(byte) name});
            switch (random.nextInt(3)) {
                case 0 -> {
                    byte[] contents = new byte[random.nextInt(40)];
                    sink.startFile(random.nextBoolean(), contents.length);
                    sink.contents(contents, 0, contents.length);
                    sink.endFile();
                }
                case 1 -> sink.symlink("target".getBytes(StandardCharsets.UTF_8));
                default -> {
                    sink.startDirectory();
                    sink.endDirectory();
                }
            }
        }
        sink.endDirectory();
    }

    private static byte[] mutated(byte[] bytes, Random random) {
        byte[] result = bytes;
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            int at = random.nextInt(result.length);
            switch (random.nextInt(6)) {
                case 0 -> result[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> result[at] = (byte) random.nextInt();
                case 2 -> result = Arrays.copyOf(result, Math.max(1, at));
                case 3 -> {
                    // A piece of it once more, elsewhere.
                    int from = random.nextInt(result.length);
                    int length = Math.min(8 * random.nextInt(1, 12), result.length - from);
                    byte[] piece = Arrays.copyOfRange(result, from, from + length);
                    result = concat(
                            concat(Arrays.copyOf(result, at & -8), piece),
                            Arrays.copyOfRange(result, at & -8, result.length));
                }
                case 4 -> {
                    byte[] huge = new byte[8];
                    NarFormat.WORD.set(huge, 0, random.nextLong() >>> random.nextInt(64));
                    System.arraycopy(huge, 0, result, at & -8, Math.min(8, result.length - (at & -8)));
                }
                default -> {
                    int from = at & -8;
                    int to = Math.min(result.length, from + 8 * random.nextInt(1, 6));
                    result = concat(Arrays.copyOf(result, from), Arrays.copyOfRange(result, to, result.length));
                    if (result.length == 0) {
                        return result;
                    }
                }
            }
        }
        return result;
    }

    /** The same bytes so many times. */
    private static final class Repeat extends InputStream {
        private final byte[] bytes;
        private final long size;
        private long done;

        Repeat(byte[] bytes, long times) {
            this.bytes = bytes;
            this.size = bytes.length * times;
        }

        @Override
        public int read() {
            return done == size ? -1 : bytes[(int) (done++ % bytes.length)] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            if (done == size) {
                return -1;
            }
            int from = (int) (done % bytes.length);
            int count = Math.min(length, bytes.length - from);
            System.arraycopy(bytes, from, buffer, offset, count);
            done += count;
            return count;
        }
    }
}
