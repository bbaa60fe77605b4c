package dev.berth.deploy.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Seed;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LineDiffTest {
    @Test
    void showsChangesWithSomeLinesAround() {
        assertThat(LineDiff.of("1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nfive\n6\n7\n8\n"))
                .containsExactly("…", "  3", "  4", "- 5", "+ five", "  6", "  7", "…");
        assertThat(LineDiff.of("a\n", "a")).containsExactly("- a", "+ a (no line break at the end)");
        assertThat(LineDiff.of("", "x\ny\n")).containsExactly("+ x", "+ y");
    }

    /** Texts too short for lines to be left out: what is shown is then all of both. */
    @Test
    void showsBothTexts() {
        for (long seed = Seed.first(); seed < Seed.first() + 500; seed++) {
            Random random = new Random(seed);
            String before = text(random);
            String after = text(random);
            List<String> lines = LineDiff.of(before, after);
            if (lines.contains("…")) {
                continue;
            }
            assertThat(side(lines, "- ")).as("seed %d", seed).isEqualTo(before.equals(after) ? "" : before);
            assertThat(side(lines, "+ ")).as("seed %d", seed).isEqualTo(before.equals(after) ? "" : after);
        }
    }

    private static String side(List<String> lines, String mark) {
        return lines.stream()
                .filter(line -> line.startsWith(mark) || line.startsWith("  "))
                .map(line -> line.substring(2) + "\n")
                .collect(Collectors.joining());
    }

    private static String text(Random random) {
        return IntStream.range(0, random.nextInt(6))
                .mapToObj(_ -> (char) ('a' + random.nextInt(3)) + "\n")
                .collect(Collectors.joining());
    }
}
