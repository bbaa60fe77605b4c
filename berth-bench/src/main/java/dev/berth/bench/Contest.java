package dev.berth.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Several ways to do one thing, tried in turn, so that a slow minute of the machine falls on all of them. Before each try
 * what earlier ones wrote is flushed to the disk.
 */
final class Contest {
    /** One way to do it. */
    @FunctionalInterface
    interface Attempt {
        /**
         * Does it once more, in a place where nobody did it before.
         *
         * @param run the number of the run, from 0
         * @return how long it took, without preparation and clean-up
         */
        Duration run(int run) throws IOException, InterruptedException;
    }

    private record Entrant(String name, Attempt attempt, List<Duration> times) {}

    private final List<Entrant> entrants = new ArrayList<>();
    private int uncounted;

    Contest add(String name, Attempt attempt) {
        entrants.add(new Entrant(name, attempt, new ArrayList<>()));
        return this;
    }

    /** Lets so many rounds go before those that count: for servers that live through all rounds. */
    Contest warmUp(int rounds) {
        uncounted = rounds;
        return this;
    }

    /** Runs all; each run starts with another one. */
    Contest run(int runs, String what, PrintStream log) throws IOException, InterruptedException {
        for (int run = -uncounted; run < runs; run++) {
            for (int turn = 0; turn < entrants.size(); turn++) {
                Entrant entrant = entrants.get((turn + run + uncounted) % entrants.size());
                Program.of("sync").run();
                Duration time = entrant.attempt().run(run);
                if (run >= 0) {
                    entrant.times().add(time);
                }
                log.println("  " + what + " · " + entrant.name() + " · " + (run < 0 ? "warm-up" : "run " + (run + 1))
                        + " · " + Samples.seconds(time));
            }
        }
        return this;
    }

    /** The times of one that was added, after the runs. */
    Samples of(String name) {
        return entrants.stream()
                .filter(entrant -> entrant.name().equals(name))
                .map(entrant -> Samples.of(entrant.times()))
                .findFirst()
                .orElseThrow();
    }
}
