package dev.berth.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SamplesTest {
    private static Samples millis(long... millis) {
        return Samples.of(Arrays.stream(millis).mapToObj(Duration::ofMillis).toList());
    }

    @Test
    void medianOfOddAndEvenCounts() {
        assertThat(millis(900, 100, 200).median()).isEqualTo(Duration.ofMillis(200));
        assertThat(millis(900, 100, 300, 200).median()).isEqualTo(Duration.ofMillis(250));
        assertThat(millis(7).median()).isEqualTo(Duration.ofMillis(7));
    }

    @Test
    void printsMedianAndRange() {
        assertThat(millis(1234, 150_000, 80).print()).isEqualTo("1.23 s (0.080–150)");
        assertThat(millis(20).print()).isEqualTo("0.020 s");
    }

    @Test
    void percentilesAreTimesThatWere() {
        Samples hundred = millis(LongStream.rangeClosed(1, 100).toArray());
        assertThat(hundred.percentile(50)).isEqualTo(Duration.ofMillis(50));
        assertThat(hundred.percentile(99)).isEqualTo(Duration.ofMillis(99));
        assertThat(hundred.percentile(100)).isEqualTo(Duration.ofMillis(100));
        assertThat(millis(7, 9).percentile(99)).isEqualTo(Duration.ofMillis(9));
        assertThat(millis(7).percentile(1)).isEqualTo(Duration.ofMillis(7));
        assertThat(Samples.millis(Duration.ofNanos(12_340_000))).isEqualTo("12.3 ms");
    }

    @Test
    void ratioIsOfTheMedians() {
        assertThat(millis(50, 60, 1000).over(millis(120, 1, 500))).isEqualTo(0.5);
    }

    @Test
    void contestTakesTurns() throws Exception {
        List<String> order = new ArrayList<>();
        Contest contest = new Contest();
        Stream.of("a", "b")
                .forEach(name -> contest.add(name, run -> {
                    order.add(name + run);
                    return Duration.ofSeconds(run);
                }));
        try (PrintStream quiet = new PrintStream(OutputStream.nullOutputStream())) {
            assertThat(contest.run(3, "turns", quiet).of("a")).isEqualTo(millis(0, 1000, 2000));
        }
        assertThat(order).containsExactly("a0", "b0", "b1", "a1", "a2", "b2");
    }
}
