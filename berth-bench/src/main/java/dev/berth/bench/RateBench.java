package dev.berth.bench;

import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.wire.worker.WorkerClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/**
 * How many requests a second two daemons answer, the real one and Berth's, asked by one client program with as many connections as are
 * named. They take turns: in each round both, and each round starts with the other one.
 */
final class RateBench {
    private static final Duration ROUND = Duration.ofSeconds(3);
    private static final int LEAST_ROUNDS = 5;
    private static final int WARM_UPS = 5;
    private static final int MOST_CONNECTIONS = 8;
    private static final List<Kind> KINDS = List.of(
            new Kind("path infos", 1.5, WorkerClient::queryPathInfo),
            new Kind("path info and NAR of small paths", 3, RateBench::infoAndNar));

    private final Bench bench;
    private final String peer;
    private final Daemon nix;
    private final Daemon berth;
    private final List<StorePath> paths;

    /** @param paths what is asked for, in turn */
    RateBench(Bench bench, String peer, Daemon nix, Daemon berth, List<StorePath> paths) {
        this.bench = bench;
        this.peer = peer;
        this.nix = nix;
        this.berth = berth;
        this.paths = paths;
    }

    /**
     * A kind of request.
     *
     * @param target the least multiple of the peer's rate that is good
     */
    private record Kind(String name, double target, Request request) {}

    @FunctionalInterface
    private interface Request {
        @SuppressWarnings("UnusedReturnValue")
        Object send(WorkerClient client, StorePath path) throws IOException;
    }

    private static boolean infoAndNar(WorkerClient client, StorePath path) throws IOException {
        boolean known = client.queryPathInfo(path).isPresent();
        client.narFromPath(path, new NarHasher());
        return known;
    }

    /** Of daemons that have run for a while: before what counts there are rounds of each kind that do not. */
    void warm() throws IOException, InterruptedException {
        for (Kind kind : KINDS) {
            rounds(kind, MOST_CONNECTIONS, WARM_UPS, "warm-up");
        }
        for (int connections : List.of(1, MOST_CONNECTIONS)) {
            for (Kind kind : KINDS) {
                Duel duel = rounds(kind, connections, Math.max(LEAST_ROUNDS, bench.runs()), "round");
                bench.report()
                        .atLeast(
                                what(kind, connections) + ", daemons that have run for a while",
                                duel.berth().print(),
                                peer + " " + duel.nix().print(),
                                duel.berth().median() / duel.nix().median(),
                                kind.target());
            }
        }
    }

    /** Of daemons that were started a moment ago, one round of each kind. */
    void cold() throws IOException, InterruptedException {
        for (Kind kind : KINDS) {
            Duel duel = rounds(kind, MOST_CONNECTIONS, 1, "just started");
            bench.report()
                    .figure(
                            what(kind, MOST_CONNECTIONS) + ", daemons just started",
                            duel.berth().print(),
                            peer + " " + duel.nix().print());
        }
    }

    private static String what(Kind kind, int connections) {
        return kind.name() + " a second, " + connections + (connections == 1 ? " connection" : " connections");
    }

    private record Duel(Rates nix, Rates berth) {}

    private Duel rounds(Kind kind, int connections, int count, String called) throws IOException, InterruptedException {
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        for (int round = 0; round < count; round++) {
            if (round % 2 == 0) {
                ours.add(rate(kind, connections, berth));
                theirs.add(rate(kind, connections, nix));
            } else {
                theirs.add(rate(kind, connections, nix));
                ours.add(rate(kind, connections, berth));
            }
            bench.log()
                    .println("  " + what(kind, connections) + " · " + called + " " + (round + 1) + " · Berth "
                            + Rates.print(ours.getLast()) + " · " + peer + " " + Rates.print(theirs.getLast()));
        }
        return new Duel(Rates.of(theirs), Rates.of(ours));
    }

    private double rate(Kind kind, int connections, Daemon daemon) throws IOException, InterruptedException {
        long start = System.nanoTime();
        long end = start + ROUND.toNanos();
        List<Callable<Long>> clients = new ArrayList<>();
        for (int number = 0; number < connections; number++) {
            int first = number * paths.size() / connections;
            clients.add(() -> {
                try (WorkerClient client = daemon.connect()) {
                    long count = 0;
                    while (System.nanoTime() < end) {
                        kind.request().send(client, paths.get((int) ((first + count++) % paths.size())));
                    }
                    return count;
                }
            });
        }
        long all = 0;
        // Few, on threads of the kernel, which cost the daemon's processors least.
        for (long count : Together.call(
                clients, Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory()))) {
            all += count;
        }
        return all / ((System.nanoTime() - start) / 1e9);
    }
}
