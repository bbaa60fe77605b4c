package dev.berth.bench;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** The times that runs took, at least one. */
record Samples(List<Duration> sorted) {
    Samples {
        sorted = sorted.stream().sorted().toList();
        if (sorted.isEmpty()) {
            throw new IllegalArgumentException("no runs");
        }
    }

    static Samples of(Collection<Duration> times) {
        return new Samples(List.copyOf(times));
    }

    Duration median() {
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(half)
                : sorted.get(half - 1).plus(sorted.get(half)).dividedBy(2);
    }

    /**
     * The least time that is not exceeded by so many of a hundred runs.
     *
     * @param percent 1 to 100
     */
    Duration percentile(int percent) {
        return sorted.get(Math.ceilDiv(sorted.size() * percent, 100) - 1);
    }

    /** This median as a part of another one. */
    double over(Samples other) {
        return (double) median().toNanos() / other.median().toNanos();
    }

    /** Such as {@code 1.23 s (1.20–1.41)}: the median, the least and the greatest. */
    String print() {
        return seconds(median())
                + (sorted.size() == 1 ? "" : " (" + number(sorted.getFirst()) + "–" + number(sorted.getLast()) + ")");
    }

    static String seconds(Duration time) {
        return number(time) + " s";
    }

    /** Such as {@code 12.3 ms}. */
    static String millis(Duration time) {
        return String.format(Locale.ROOT, "%.1f ms", time.toNanos() / 1e6);
    }

    private static String number(Duration time) {
        double seconds = time.toNanos() / 1e9;
        return String.format(Locale.ROOT, seconds < 1 ? "%.3f" : seconds < 100 ? "%.2f" : "%.0f", seconds);
    }
}
