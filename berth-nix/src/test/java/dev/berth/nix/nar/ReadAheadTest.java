package dev.berth.nix.nar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.Hash;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The same events from another thread, and the ways in which that ends early. */
final class ReadAheadTest {
    @Test
    void tellsTheSameTree() throws IOException {
        for (long seed = 0; seed < 100; seed++) {
            byte[] nar = nar(seed);
            EventLog log = new EventLog();
            ByteArrayOutputStream again = new ByteArrayOutputStream();
            HashingInputStream in = new HashingInputStream(new ByteArrayInputStream(nar));
            new ReadAhead(NarReader.whole(in)).sendTo(new TeeSink(log, new NarWriter(again)));
            EventLog direct = new EventLog();
            NarReader.whole(new ByteArrayInputStream(nar)).sendTo(direct);
            assertThat(log.events()).as("seed %d", seed).isEqualTo(direct.events());
            assertThat(again.toByteArray()).as("seed %d", seed).isEqualTo(nar);
            assertThat(in.hash()).as("seed %d", seed).isEqualTo(Hash.sha256(nar));
            assertThat(in.size()).as("seed %d", seed).isEqualTo(nar.length);
        }
    }

    @Test
    void theSourcesExceptionComesOut() throws IOException {
        byte[] nar = nar(5);
        for (int length = 0; length < nar.length; length += 1 + nar.length / 50) {
            byte[] cut = Arrays.copyOf(nar, length);
            assertThatThrownBy(
                            () -> new ReadAhead(NarReader.whole(new ByteArrayInputStream(cut))).sendTo(new EventLog()))
                    .isInstanceOf(NarException.class)
                    .hasMessage("NAR is truncated: it ends at byte " + length);
        }
        IllegalStateException broken = new IllegalStateException("broken");
        assertThatThrownBy(() -> new ReadAhead(sink -> {
                            throw broken;
                        })
                        .sendTo(new EventLog()))
                .isSameAs(broken);
    }

    @Test
    void aSinkThatFailsEndsTheSource() throws InterruptedException {
        IOException broken = new IOException("broken pipe");
        Thread[] source = new Thread[1];
        NarSource endless = sink -> {
            source[0] = Thread.currentThread();
            large(sink, new AtomicLong());
        };
        OutputStream out = new OutputStream() {
            private int left = 100;

            @Override
            public void write(int b) throws IOException {
                throw broken;
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (--left == 0) {
                    throw broken;
                }
            }
        };
        assertThatThrownBy(() -> new ReadAhead(endless).sendTo(new NarWriter(out)))
                .isSameAs(broken);
        source[0].join(10_000);
        assertThat(source[0].isAlive()).isFalse();
    }

    @Test
    void goesAheadByABoundedNumberOfBytes() throws IOException {
        AtomicLong told = new AtomicLong();
        AtomicLong taken = new AtomicLong();
        AtomicLong most = new AtomicLong();
        new ReadAhead(sink -> large(sink, told)).sendTo(new NarWriter(new OutputStream() {
            @Override
            public void write(int b) {
                throw new IllegalStateException();
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                most.accumulateAndGet(told.get() - taken.get(), Math::max);
                taken.addAndGet(length);
            }
        }));
        assertThat(told.get()).isEqualTo(64 << 20);
        assertThat(most.get()).isLessThan(1_200_000);
    }

    @Test
    void anInterruptEndsTheWait() throws InterruptedException {
        Throwable[] thrown = new Throwable[1];
        InputStream silent = new InputStream() {
            @Override
            public int read() throws IOException {
                try {
                    Thread.sleep(60_000);
                } catch (InterruptedException e) {
                    throw new IOException("interrupted", e);
                }
                return -1;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return read();
            }
        };
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                new ReadAhead(NarReader.whole(silent)).sendTo(new EventLog());
            } catch (IOException e) {
                thrown[0] = e;
            }
        });
        Thread.sleep(50);
        caller.interrupt();
        caller.join(20_000);
        assertThat(thrown[0]).isInstanceOf(java.io.InterruptedIOException.class);
    }

    /** A file of 64 MiB, counted as it is told. */
    private static void large(NarSink sink, AtomicLong told) throws IOException {
        byte[] piece = new byte[64 << 10];
        sink.startFile(false, 1024L * piece.length);
        for (int i = 0; i < 1024; i++) {
            sink.contents(piece, 0, piece.length);
            told.addAndGet(piece.length);
        }
        sink.endFile();
    }

    private static byte[] nar(long seed) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Random random = new Random(seed);
        new RandomTree(random, 1 + random.nextInt(100)).sendTo(new NarWriter(out));
        return out.toByteArray();
    }
}
