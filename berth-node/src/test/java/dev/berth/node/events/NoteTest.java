package dev.berth.node.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Seed;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NoteTest {
    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Test
    void whatATerminalWouldObeyGoes() {
        assertThat(Note.of(" a\u001b[31mred\u0007\r\nb\u202ec\u2028d\u0000 ")).isEqualTo("a [31mred b c d");
    }

    @Test
    void anythingIsCutBetweenCharacters() {
        long seed = Seed.first();
        Random random = new Random(seed);
        int[] characters = {'a', 'é', '€', 0x1F600, 0xD800, 0x10FFFF};
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(40);
            for (int i = 0; i < length; i++) {
                text.appendCodePoint(characters[random.nextInt(characters.length)]);
            }
            int max = 3 + random.nextInt(60);
            String cut = Note.cut(text.toString(), max);
            assertThat(bytes(cut)).as("seed %d, '%s' to %d", seed, text, max).isLessThanOrEqualTo(max);
            assertThat(cut).doesNotContain("?");
            String whole = text.toString().replace('\uD800', '\uFFFD');
            if (bytes(whole) <= max) {
                assertThat(cut).as("seed %d", seed).isEqualTo(whole);
            } else {
                assertThat(cut).as("seed %d", seed).endsWith("…");
                assertThat(whole).startsWith(cut.substring(0, cut.length() - 1));
                // Nothing goes that has room: the next character would not fit.
                assertThat(bytes(cut)).as("seed %d", seed).isGreaterThan(max - 4);
            }
        }
    }

    @Test
    void aLongTextFillsTheNote() {
        assertThat(bytes(Note.of("ä".repeat(100_000)))).isBetween(Note.MAX_BYTES - 2, Note.MAX_BYTES);
    }
}
