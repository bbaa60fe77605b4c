package dev.berth.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TerminalSizeTest {
    private static final NativeFunction IOCTL = NativeFunction.of("ioctl");
    private static final long TIOCSWINSZ = 0x5414;
    private static final int O_RDWR_NOCTTY = 0x102;
    private static final int AT_FDCWD = -100;

    @Test
    void aTerminalTellsTheSizeThatItWasGiven() throws IOException {
        try (OpenFile terminal = open("/dev/ptmx")) {
            assertThat(TerminalSize.of(terminal.number())).isEmpty();
            resize(terminal, 40, 100);
            assertThat(TerminalSize.of(terminal.number())).contains(new TerminalSize(100, 40));
            resize(terminal, 65535, 1);
            assertThat(TerminalSize.of(terminal.number())).contains(new TerminalSize(1, 65535));
        }
    }

    @Test
    void whatIsNoTerminalHasNone() throws IOException {
        try (OpenFile file = open("/dev/null")) {
            assertThat(TerminalSize.of(file.number())).isEmpty();
        }
        assertThat(TerminalSize.of(-1)).isEmpty();
    }

    private static OpenFile open(String path) throws IOException {
        try (Scratch s = Scratch.take()) {
            int fd = FileCalls.openat(s, AT_FDCWD, s.first(path.getBytes(StandardCharsets.UTF_8)), O_RDWR_NOCTTY, 0);
            assertThat(fd).as(path).isNotNegative();
            return new OpenFile(fd);
        }
    }

    private static void resize(OpenFile terminal, int rows, int columns) {
        try (Scratch s = Scratch.take()) {
            s.setInt(0, rows | columns << 16);
            s.setInt(4, 0);
            assertThat(IOCTL.call(s, terminal.number(), TIOCSWINSZ, s.struct())).isZero();
        }
    }
}
