package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.gateway.KeptNar.Form;
import dev.berth.nix.Hash;
import dev.berth.nix.nar.NarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the bytes of NARs are kept. */
final class KeptNarsTest {
    private static final int SEGMENT = 1 << 20;

    @TempDir
    private Path directory;

    private static byte[] nar(int number, int size) {
        byte[] bytes = new byte[size];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    private static boolean keep(KeptNars nars, byte[] nar) {
        Hash hash = Hash.sha256(nar);
        nars.keep(hash, Form.PLAIN, () -> Optional.of(nar));
        return nars.find(hash, Form.PLAIN)
                .map(kept -> {
                    kept.close();
                    return true;
                })
                .orElse(false);
    }

    @Test
    void keepsWhatIsAskedForAgain() throws IOException {
        try (KeptNars nars = KeptNars.holding(directory.resolve("made"), KeptNars.BYTES)) {
            byte[] nar = nar(1, 100_000);
            Hash hash = Hash.sha256(nar);
            assertThat(nars.isAskedAgain(hash)).isFalse();
            assertThat(nars.isAskedAgain(hash)).isTrue();
            assertThat(nars.find(hash, Form.PLAIN)).isEmpty();
            nars.keep(hash, Form.PLAIN, () -> Optional.of(nar));
            nars.keep(hash, Form.PLAIN, () -> {
                throw new AssertionError("it is kept already");
            });
            assertThat(nars.find(hash, Form.ZSTD)).isEmpty();
            try (KeptNar kept = nars.find(hash, Form.PLAIN).orElseThrow()) {
                assertThat(kept.bytes()).isEqualTo(nar);
            }
            // Nothing that a killed process could leave behind.
            try (Stream<Path> files = Files.list(directory.resolve("made"))) {
                assertThat(files).isEmpty();
            }
        }
    }

    @Test
    void keepsNothingThatCannotBeMade() {
        try (KeptNars nars = KeptNars.holding(directory, KeptNars.BYTES)) {
            Hash hash = Hash.sha256(nar(1, 10));
            nars.keep(hash, Form.PLAIN, Optional::empty);
            assertThat(nars.find(hash, Form.PLAIN)).isEmpty();
        }
    }

    @Test
    void letsTheOldestGoButNotFromUnderAReader() throws IOException {
        KeptNars nars = new KeptNars(directory, SEGMENT);
        byte[] first = nar(0, 200_000);
        assertThat(keep(nars, first)).isTrue();
        try (KeptNar read = nars.find(Hash.sha256(first), Form.PLAIN).orElseThrow()) {
            int number = 1;
            while (nars.find(Hash.sha256(first), Form.PLAIN)
                    .map(KeptNarsTest::close)
                    .isPresent()) {
                assertThat(keep(nars, nar(number++, 200_000))).isTrue();
                assertThat(number).as("kept within the bound").isLessThan(100);
            }
            // Eight files of five.
            assertThat(number).isEqualTo(41);
            assertThat(nars.find(Hash.sha256(nar(39, 200_000)), Form.PLAIN).map(KeptNarsTest::close))
                    .isPresent();
            assertThat(read.bytes()).isEqualTo(first);
            nars.close();
            assertThat(read.bytes()).isEqualTo(first);
            assertThat(keep(nars, first)).isFalse();
        }
    }

    private static KeptNar close(KeptNar kept) {
        kept.close();
        return kept;
    }

    @Test
    void manyReadAndKeepAtOnce() throws Exception {
        long seed = 20_261_123;
        List<byte[]> all = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            all.add(nar(i, 1 + 97 * i * 10));
        }
        try (KeptNars nars = new KeptNars(directory, SEGMENT / 4);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<Integer>> readers = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                Random random = new Random(seed + thread);
                readers.add(() -> {
                    int found = 0;
                    for (int i = 0; i < 2000; i++) {
                        byte[] nar = all.get(random.nextInt(all.size()));
                        Optional<KeptNar> kept = nars.find(Hash.sha256(nar), Form.PLAIN);
                        if (kept.isPresent()) {
                            found++;
                            try (KeptNar one = kept.get()) {
                                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                                one.sendTo(new NarWriter(bytes));
                                assertThat(bytes.toByteArray()).isEqualTo(nar);
                            }
                        } else {
                            nars.keep(Hash.sha256(nar), Form.PLAIN, () -> Optional.of(nar));
                        }
                    }
                    return found;
                });
            }
            for (Future<Integer> found : threads.invokeAll(readers)) {
                assertThat(found.get()).isPositive();
            }
        }
    }
}
