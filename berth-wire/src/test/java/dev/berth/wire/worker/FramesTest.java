package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.testing.Seed;
import dev.berth.wire.FramedInput;
import dev.berth.wire.FramedOutput;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Framed streams end where they say, whatever was read of them. */
final class FramesTest {
    private static final byte[] AFTER = {1, 2, 3, 4, 5, 6, 7, 8};

    private static byte[] framed(Any any, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        WireOutput out = new WireOutput(bytes);
        FramedOutput frames = new FramedOutput(out);
        for (int at = 0; at < content.length; ) {
            int count = Math.min(content.length - at, 1 + any.below(100_000));
            frames.write(content, at, count);
            at += count;
        }
        frames.finish();
        out.stream().write(AFTER);
        out.flush();
        return bytes.toByteArray();
    }

    private static WireInput in(byte[] bytes) {
        return new WireInput(new ByteArrayInputStream(bytes), 1000);
    }

    @Test
    void whatIsWrittenIsReadAndTheRestIsDropped() throws IOException {
        long first = Seed.first();
        for (long seed = first; seed < first + 100; seed++) {
            Any any = new Any(seed);
            byte[] content = any.bytes(any.below(400_000));
            byte[] bytes = framed(any, content);
            WireInput whole = in(bytes);
            assertThat(new FramedInput(whole).readAllBytes())
                    .as("seed %d", seed)
                    .isEqualTo(content);
            assertThat(whole.u64()).isEqualTo(0x0807060504030201L);
            WireInput part = in(bytes);
            FramedInput frames = new FramedInput(part);
            int count = any.below(content.length + 1);
            assertThat(frames.readNBytes(count)).as("seed %d", seed).startsWith(Arrays.copyOf(content, count));
            frames.drain();
            frames.drain();
            assertThat(part.u64()).isEqualTo(0x0807060504030201L);
        }
    }

    @Test
    void anAbortedStreamEndsAfterWhatWasSent() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FramedOutput frames = new FramedOutput(new WireOutput(bytes));
        frames.write(new byte[100_000]);
        frames.abort();
        assertThat(new FramedInput(in(bytes.toByteArray())).readAllBytes()).hasSize(65_528);
    }

    @Test
    void aReceiverThatFailedIsNotSentMore() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FramedOutput frames = new FramedOutput(new WireOutput(bytes), () -> {
            throw new IOException("no more");
        });
        frames.write(new byte[1000]);
        assertThatThrownBy(() -> frames.write(new byte[100_000])).hasMessage("no more");
        frames.abort();
        assertThat(bytes.toByteArray()).isEqualTo(new byte[8]);
    }

    @Test
    void brokenFramesCanNotBeDrained() throws IOException {
        byte[] bytes = framed(new Any(1), new byte[1000]);
        FramedInput truncated = new FramedInput(in(Arrays.copyOf(bytes, 500)));
        assertThatThrownBy(truncated::readAllBytes)
                .isInstanceOf(WireException.class)
                .hasMessageContaining("frame");
        assertThatThrownBy(truncated::drain).isInstanceOf(WireException.class);
        byte[] huge = bytes.clone();
        huge[5] = 1;
        FramedInput tooLarge = new FramedInput(in(huge));
        assertThatThrownBy(tooLarge::read).isInstanceOf(WireException.class).hasMessageContaining("size of a frame");
        assertThatThrownBy(tooLarge::drain).isInstanceOf(WireException.class);
    }
}
