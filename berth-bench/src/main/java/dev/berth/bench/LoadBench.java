package dev.berth.bench;

import dev.berth.bench.work.Work;
import dev.berth.bench.work.WorkStore;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.wire.SocketTransport;
import dev.berth.wire.Timeouts;
import dev.berth.wire.worker.WorkerClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Many requests to a daemon, by one client program for Berth's and for the real one: the raw rate of queries, 200 clients
 * at once that ask and add, 1,000 connections at once.
 */
final class LoadBench {
    private static final int CLIENTS = 200;
    private static final int CONNECTIONS = 1000;
    private static final int ROUNDS = 20;
    private static final Duration RATE = Duration.ofSeconds(3);
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Bench bench;
    private final NixPeer peer;

    LoadBench(Bench bench) {
        this.bench = bench;
        this.peer = bench.peers().getFirst();
    }

    void run() throws IOException, InterruptedException {
        WorkStore small = bench.work(Work.SMALL);
        bench.warm(small.root());
        List<StorePath> paths = paths(small);
        Path directory = Files.createTempDirectory(MEMORY, "berth-bench-");
        try (Daemon nix = Daemon.nix(peer, Files.createDirectory(directory.resolve("nix")));
                Daemon berth = Daemon.berth(bench, Files.createDirectory(directory.resolve("berth")))) {
            for (Daemon daemon : List.of(nix, berth)) {
                peer.copy(small.uri(), daemon.uri(), small.rootPath()).run();
            }
            for (int connections : List.of(1, 8)) {
                rates("path infos", connections, nix, berth, paths, 1.5, WorkerClient::queryPathInfo);
                rates(
                        "path info and NAR of small paths",
                        connections,
                        nix,
                        berth,
                        paths,
                        3,
                        (client, path) -> client.queryPathInfo(path).isPresent() && nar(client, path));
            }
            report("Berth", crowd(berth, paths, "warm-up"), crowd(berth, paths, "berth"), berth);
            report(peer.name(), crowd(nix, paths, "warm-up"), crowd(nix, paths, "nix"), nix);
            hold("Berth", berth);
            hold(peer.name(), nix);
        } finally {
            Program.of("rm", "-rf", "--one-file-system", directory.toString()).run();
        }
    }

    private List<StorePath> paths(WorkStore work) throws InterruptedException {
        return peer.program("nix-store", "-qR", "--store", work.uri(), work.rootPath())
                .output()
                .lines()
                .map(StoreDir.DEFAULT::parse)
                .toList();
    }

    /** Without a pool and without patience: what is measured is the daemon. */
    private static WorkerClient connect(Path socket) throws IOException {
        return WorkerClient.connect(SocketTransport.connect(socket, Duration.ZERO), StoreDir.DEFAULT, Timeouts.DEFAULT);
    }

    private static boolean nar(WorkerClient client, StorePath path) throws IOException {
        client.narFromPath(path, new NarHasher());
        return true;
    }

    @FunctionalInterface
    private interface Request {
        @SuppressWarnings("UnusedReturnValue")
        Object send(WorkerClient client, StorePath path) throws IOException;
    }

    private void rates(
            String what,
            int connections,
            Daemon nix,
            Daemon berth,
            List<StorePath> paths,
            double target,
            Request request)
            throws IOException, InterruptedException {
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        // The first round warms the server's JVM and this one.
        for (int run = -1; run < bench.runs(); run++) {
            double berthRate = rate(connections, berth, paths, request);
            double nixRate = rate(connections, nix, paths, request);
            if (run >= 0) {
                ours.add(berthRate);
                theirs.add(nixRate);
            }
        }
        double mine = median(ours);
        double other = median(theirs);
        bench.report()
                .atLeast(
                        what + " a second, " + connections + (connections == 1 ? " connection" : " connections"),
                        String.format(Locale.ROOT, "%,.0f", mine),
                        peer.name() + " " + String.format(Locale.ROOT, "%,.0f", other),
                        mine / other,
                        target);
    }

    private static double rate(int connections, Daemon daemon, List<StorePath> paths, Request request)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        long end = start + RATE.toNanos();
        List<Callable<Long>> clients = new ArrayList<>();
        for (int number = 0; number < connections; number++) {
            int first = number * paths.size() / connections;
            clients.add(() -> {
                try (WorkerClient client = connect(daemon.socket())) {
                    long count = 0;
                    while (System.nanoTime() < end) {
                        request.send(client, paths.get((int) ((first + count++) % paths.size())));
                    }
                    return count;
                }
            });
        }
        long all = 0;
        // Few, on threads of the kernel, which cost the daemon's processors least.
        for (long count : together(
                clients, Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory()))) {
            all += count;
        }
        return all / ((System.nanoTime() - start) / 1e9);
    }

    private record Crowd(List<Long> latencies, int failed, Duration time) {}

    /** Clients that come at once; each asks and adds some times on a connection of its own. */
    private Crowd crowd(Daemon daemon, List<StorePath> paths, String salt) throws IOException, InterruptedException {
        List<Callable<List<Long>>> clients = new ArrayList<>();
        for (int number = 0; number < CLIENTS; number++) {
            int client = number;
            clients.add(() -> visit(daemon, paths, salt + "-" + client, client));
        }
        long start = System.nanoTime();
        List<List<Long>> answers = together(clients, Executors.newVirtualThreadPerTaskExecutor());
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        List<Long> latencies = new ArrayList<>();
        answers.forEach(latencies::addAll);
        Collections.sort(latencies);
        int failed = (int) answers.stream().filter(List::isEmpty).count();
        return new Crowd(latencies, failed, time);
    }

    /** The nanoseconds that each request took; none if the daemon refused. */
    private List<Long> visit(Daemon daemon, List<StorePath> paths, String name, int number) {
        List<Long> latencies = new ArrayList<>();
        long start = System.nanoTime();
        try (WorkerClient client = connect(daemon.socket())) {
            for (int round = 0; round < ROUNDS; round++) {
                StorePath path = paths.get((number * ROUNDS + round) % paths.size());
                client.queryPathInfo(path);
                start = lap(latencies, start);
                client.queryReferrers(path);
                start = lap(latencies, start);
                client.queryValidPaths(Set.of(path), false);
                start = lap(latencies, start);
                client.addToStore(
                        name,
                        ContentAddressMethod.TEXT,
                        HashAlgorithm.SHA256,
                        Set.of(),
                        false,
                        new ByteArrayInputStream((name + " " + round).getBytes(StandardCharsets.UTF_8)));
                start = lap(latencies, start);
            }
            return latencies;
        } catch (IOException | RuntimeException e) {
            bench.log().println("  client " + name + ": " + e.getMessage());
            return List.of();
        }
    }

    private static long lap(List<Long> latencies, long start) {
        long now = System.nanoTime();
        latencies.add(now - start);
        return now;
    }

    private void report(String who, Crowd warmUp, Crowd crowd, Daemon daemon) throws IOException {
        bench.report()
                .figure(
                        CLIENTS + " clients at once, " + ROUNDS * 4 + " requests each, " + who,
                        crowd.failed() + " refused (" + warmUp.failed() + " in the round before), p50 "
                                + millis(crowd.latencies(), 0.5) + ", p99 " + millis(crowd.latencies(), 0.99)
                                + ", all " + Samples.seconds(crowd.time()) + ", "
                                + Math.round(daemon.residentMebibytes()) + " MiB after",
                        "");
    }

    private static String millis(List<Long> sorted, double part) {
        return sorted.isEmpty()
                ? "none"
                : String.format(Locale.ROOT, "%.1f ms", sorted.get((int) ((sorted.size() - 1) * part)) / 1e6);
    }

    /** Connections that are all open at one time, each greeted. */
    private void hold(String who, Daemon daemon) throws IOException, InterruptedException {
        long start = System.nanoTime();
        List<WorkerClient> clients = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        try {
            List<Callable<WorkerClient>> calls = Collections.nCopies(CONNECTIONS, () -> connect(daemon.socket()));
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (Future<WorkerClient> future : threads.invokeAll(calls)) {
                    try {
                        clients.add(future.get());
                    } catch (ExecutionException e) {
                        refused.add(String.valueOf(e.getCause()));
                    }
                }
            }
            Duration time = Duration.ofNanos(System.nanoTime() - start);
            bench.report()
                    .figure(
                            CONNECTIONS + " connections at once, " + who,
                            refused.size() + " refused, " + Samples.seconds(time) + ", "
                                    + Math.round(daemon.residentMebibytes()) + " MiB",
                            "");
        } finally {
            clients.forEach(WorkerClient::close);
        }
    }

    private static <T> List<T> together(List<Callable<T>> calls, ExecutorService executor)
            throws IOException, InterruptedException {
        List<T> results = new ArrayList<>();
        try (ExecutorService threads = executor) {
            for (Future<T> future : threads.invokeAll(calls)) {
                results.add(future.get());
            }
        } catch (ExecutionException e) {
            throw new IOException("a client failed: " + e.getCause(), e);
        }
        return results;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
