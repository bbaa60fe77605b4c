package dev.berth.bench;

import dev.berth.bench.work.Work;
import dev.berth.bench.work.WorkStore;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
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
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Many requests to a daemon, by one client program for Berth's and for the real one: the raw rate of queries, 200 clients
 * at once that ask and add, 1,000 connections at once. The daemons have run for a while by then.
 */
final class LoadBench {
    private static final int CLIENTS = 200;
    private static final int CONNECTIONS = 1000;
    private static final int ROUNDS = 20;
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
        Path ofNix = Files.createDirectory(directory.resolve("nix"));
        Path ofBerth = Files.createDirectory(directory.resolve("berth"));
        try {
            try (Daemon nix = Daemon.nix(peer, ofNix);
                    Daemon berth = Daemon.berth(bench, ofBerth)) {
                for (Daemon daemon : List.of(nix, berth)) {
                    peer.copy(small.uri(), daemon.uri(), small.rootPath()).run();
                }
                new RateBench(bench, peer.name(), nix, berth, paths).warm();
                report("Berth", crowd(berth, paths, "warm-up"), crowd(berth, paths, "berth"), berth);
                report(peer.name(), crowd(nix, paths, "warm-up"), crowd(nix, paths, "nix"), nix);
                hold("Berth", berth);
                hold(peer.name(), nix);
            }
            try (Daemon nix = Daemon.nix(peer, ofNix);
                    Daemon berth = Daemon.berth(bench, ofBerth)) {
                new RateBench(bench, peer.name(), nix, berth, paths).cold();
            }
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

    private record Crowd(List<Duration> latencies, int failed, Duration time) {}

    /** Clients that come at once; each asks and adds some times on a connection of its own. */
    private Crowd crowd(Daemon daemon, List<StorePath> paths, String salt) throws IOException, InterruptedException {
        List<Callable<List<Duration>>> clients = new ArrayList<>();
        for (int number = 0; number < CLIENTS; number++) {
            int client = number;
            clients.add(() -> visit(daemon, paths, salt + "-" + client, client));
        }
        long start = System.nanoTime();
        List<List<Duration>> answers = Together.call(clients, Executors.newVirtualThreadPerTaskExecutor());
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        List<Duration> latencies = new ArrayList<>();
        answers.forEach(latencies::addAll);
        int failed = (int) answers.stream().filter(List::isEmpty).count();
        return new Crowd(latencies, failed, time);
    }

    /** The time that each request took; none if the daemon refused. */
    private List<Duration> visit(Daemon daemon, List<StorePath> paths, String name, int number) {
        List<Duration> latencies = new ArrayList<>();
        long start = System.nanoTime();
        try (WorkerClient client = daemon.connect()) {
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

    private static long lap(List<Duration> latencies, long start) {
        long now = System.nanoTime();
        latencies.add(Duration.ofNanos(now - start));
        return now;
    }

    private void report(String who, Crowd warmUp, Crowd crowd, Daemon daemon) throws IOException {
        bench.report()
                .figure(
                        CLIENTS + " clients at once, " + ROUNDS * 4 + " requests each, " + who,
                        crowd.failed() + " refused (" + warmUp.failed() + " in the round before), "
                                + latencies(crowd) + ", all " + Samples.seconds(crowd.time()) + ", "
                                + Math.round(daemon.residentMebibytes()) + " MiB after",
                        "");
    }

    private static String latencies(Crowd crowd) {
        if (crowd.latencies().isEmpty()) {
            return "none answered";
        }
        Samples latencies = Samples.of(crowd.latencies());
        return "p50 " + Samples.millis(latencies.percentile(50)) + ", p99 " + Samples.millis(latencies.percentile(99));
    }

    /** Connections that are all open at one time, each greeted. */
    private void hold(String who, Daemon daemon) throws IOException, InterruptedException {
        long start = System.nanoTime();
        List<WorkerClient> clients = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        try {
            List<Callable<WorkerClient>> calls = Collections.nCopies(CONNECTIONS, () -> daemon.connect());
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
}
