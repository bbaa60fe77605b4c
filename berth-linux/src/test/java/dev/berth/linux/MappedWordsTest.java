package dev.berth.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedWordsTest {
    private static final int SIZE = 32 * 1024;

    @TempDir
    private Path directory;

    private Path file = Path.of("/");

    @BeforeEach
    void makeFile() throws IOException {
        file = Files.write(directory.toRealPath().resolve("shared memory"), new byte[SIZE]);
    }

    private MemorySegment map(FileChannel.MapMode mode, long from, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(mode, from, SIZE - from, arena);
        }
    }

    @Test
    void showsWhatIsWrittenWhoeverUnmapsItsOwn() throws IOException {
        MappedWords words;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment theirs = map(FileChannel.MapMode.READ_WRITE, 0, arena);
            words = MappedWords.of(file).orElseThrow();
            assertThat(words.startWith(new long[] {0, 0})).isTrue();
            theirs.setAtIndex(ValueLayout.JAVA_LONG, 1, 7);
            assertThat(words.startWith(new long[] {0, 0})).isFalse();
            assertThat(words.first(3)).containsExactly(0, 7, 0);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1}), 4);
        }
        assertThat(words.first(1)).containsExactly(1L << 32);
        assertThat(words.startWith(new long[] {1L << 32, 7})).isTrue();
    }

    @Test
    void whatIsNotSharedFromItsStartIsNotTaken() throws IOException {
        assertThat(MappedWords.of(file)).isEmpty();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment own = map(FileChannel.MapMode.PRIVATE, 0, arena);
            MemorySegment later = map(FileChannel.MapMode.READ_WRITE, 8192, arena);
            assertThat(own.byteSize()).isGreaterThan(later.byteSize());
            assertThat(MappedWords.of(file)).isEmpty();
        }
    }
}
