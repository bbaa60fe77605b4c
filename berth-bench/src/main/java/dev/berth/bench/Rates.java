package dev.berth.bench;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** How many requests a second there were in each round, at least one. */
record Rates(List<Double> sorted) {
    Rates {
        sorted = sorted.stream().sorted().toList();
        if (sorted.isEmpty()) {
            throw new IllegalArgumentException("no rounds");
        }
    }

    static Rates of(Collection<Double> rates) {
        return new Rates(List.copyOf(rates));
    }

    double median() {
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }

    /** Such as {@code 19,516 (18,204–20,117)}: the median, the least and the greatest. */
    String print() {
        return print(median())
                + (sorted.size() == 1 ? "" : " (" + print(sorted.getFirst()) + "–" + print(sorted.getLast()) + ")");
    }

    static String print(double rate) {
        return String.format(Locale.ROOT, "%,.0f", rate);
    }
}
