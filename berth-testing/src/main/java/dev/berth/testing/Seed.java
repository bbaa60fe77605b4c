package dev.berth.testing;

/** Where tests with generated input begin. */
public final class Seed {
    private static final long SAME = 20_261_122;

    private Seed() {}

    /**
     * The first seed of a test: always the same, so that a change fails for what it did and not by luck. The system
     * property {@code berth.seed} chooses another, by a number or by the word {@code random}.
     */
    public static long first() {
        String chosen = System.getProperty("berth.seed", "");
        return switch (chosen) {
            case "" -> SAME;
            case "random" -> System.nanoTime();
            default -> Long.parseLong(chosen);
        };
    }
}
