package dev.berth.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class RatesTest {
    @Test
    void printsMedianAndRange() {
        assertThat(Rates.of(List.of(20_117.4, 18_204.0, 19_516.0)).print()).isEqualTo("19,516 (18,204–20,117)");
        assertThat(Rates.of(List.of(812.0)).print()).isEqualTo("812");
    }

    @Test
    void medianOfAnEvenCountLiesBetween() {
        assertThat(Rates.of(List.of(400.0, 100.0, 300.0, 200.0)).median()).isEqualTo(250);
    }
}
