package dev.berth.nix.nar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class NarRoundTripTest {
    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        for (long seed = 0; seed < 300; seed++) {
            EventLog told = new EventLog();
            byte[] nar = nar(seed, told);
            EventLog whole = new EventLog();
            NarReader reader = NarReader.whole(new ByteArrayInputStream(nar));
            reader.sendTo(whole);
            assertThat(whole.events()).as("seed %d", seed).isEqualTo(told.events());
            assertThat(reader.size()).as("seed %d", seed).isEqualTo(nar.length);
        }
    }

    @Test
    void anEmbeddedNarIsReadToItsLastByteAndNoFurther() throws IOException {
        for (long seed = 0; seed < 300; seed++) {
            EventLog told = new EventLog();
            byte[] nar = nar(seed, told);
            // Twice in one stream, which gives as little at a time as it likes.
            byte[] both = new byte[2 * nar.length];
            System.arraycopy(nar, 0, both, 0, nar.length);
            System.arraycopy(nar, 0, both, nar.length, nar.length);
            ByteArrayInputStream bytes = new ByteArrayInputStream(both);
            InputStream in = new Dribble(bytes, new Random(seed));
            for (int left = 1; left >= 0; left--) {
                EventLog read = new EventLog();
                NarReader reader = NarReader.embedded(in);
                reader.sendTo(read);
                assertThat(read.events()).as("seed %d", seed).isEqualTo(told.events());
                assertThat(bytes.available()).as("seed %d", seed).isEqualTo(left * nar.length);
                assertThat(reader.size()).as("seed %d", seed).isEqualTo(nar.length);
            }
        }
    }

    @Test
    void theHasherHashesWhatTheWriterWrites() throws IOException {
        for (long seed = 0; seed < 100; seed++) {
            byte[] nar = nar(seed, new EventLog());
            NarHasher sha256 = new NarHasher();
            NarHasher md5 = new NarHasher(HashAlgorithm.MD5);
            NarReader.whole(new ByteArrayInputStream(nar)).sendTo(new TeeSink(sha256, md5));
            assertThat(sha256.size()).as("seed %d", seed).isEqualTo(nar.length);
            assertThat(sha256.hash()).as("seed %d", seed).isEqualTo(Hash.sha256(nar));
            var digest = HashAlgorithm.MD5.newDigest();
            digest.update(nar);
            assertThat(md5.hash()).as("seed %d", seed).isEqualTo(Hash.of(HashAlgorithm.MD5, digest));
        }
    }

    @Test
    void hashesAsNixHashDoes() throws IOException {
        // mkdir t; printf 'hi\n' > t/a; printf '#!\n' > t/b; chmod +x t/b; mkdir t/c; ln -s a t/d
        // nix-hash --type sha256 --base32 t; nix-store --dump t | wc -c (Nix 2.8.0)
        NarHasher hasher = new NarHasher();
        hasher.startDirectory();
        hasher.entry(new byte[] {'a'});
        hasher.startFile(false, 3);
        hasher.contents("hi\n".getBytes(StandardCharsets.US_ASCII), 0, 3);
        hasher.endFile();
        hasher.entry(new byte[] {'b'});
        hasher.startFile(true, 3);
        hasher.contents("#!\n".getBytes(StandardCharsets.US_ASCII), 0, 3);
        hasher.endFile();
        hasher.entry(new byte[] {'c'});
        hasher.startDirectory();
        hasher.endDirectory();
        hasher.entry(new byte[] {'d'});
        hasher.symlink(new byte[] {'a'});
        hasher.endDirectory();
        assertThat(hasher.hash().toNix32()).isEqualTo("sha256:01zq0pygiwxmrjjl7pjnv1qykxfd29mvcvpmgdf5pa8lkgdqvan5");
        assertThat(hasher.size()).isEqualTo(872);
    }

    private static byte[] nar(long seed, EventLog log) throws IOException {
        Random random = new Random(seed);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        NarWriter writer = new NarWriter(bytes);
        new RandomTree(random, 1 + random.nextInt(60)).sendTo(new TeeSink(log, writer));
        assertThat(writer.isComplete()).as("seed %d", seed).isTrue();
        assertThat(writer.size()).as("seed %d", seed).isEqualTo(bytes.size());
        return bytes.toByteArray();
    }

    private static final class Dribble extends FilterInputStream {
        private final Random random;

        Dribble(InputStream in, Random random) {
            super(in);
            this.random = random;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            return super.read(buffer, offset, 1 + random.nextInt(length));
        }
    }
}
