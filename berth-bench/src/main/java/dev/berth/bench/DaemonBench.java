package dev.berth.bench;

import dev.berth.bench.work.Work;
import dev.berth.bench.work.WorkStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A store served on a unix socket by Berth and by the real nix-daemon: copies to it and from it and queries, by the real
 * {@code nix} as client of both, and by Berth as client of Berth. The served stores lie in memory (tmpfs); a server lives
 * through all runs of a piece of work and is emptied between them, and the first round does not count.
 */
final class DaemonBench {
    private static final String NIX_TO_BERTH = "nix → Berth";
    private static final String BERTH_TO_BERTH = "Berth → Berth";
    private static final String WARM = "Berth → Berth, warm JVM";
    private static final int QUERY_WARM_UPS = 10;
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Bench bench;
    private final NixPeer peer;
    private final Path memory;

    DaemonBench(Bench bench) throws IOException {
        this.bench = bench;
        this.peer = bench.peers().getFirst();
        this.memory = Files.createTempDirectory(MEMORY, "berth-bench-");
    }

    void run() throws IOException, InterruptedException {
        try {
            for (Work work : List.of(Work.SMALL, Work.TREE, Work.BIG)) {
                measure(bench.work(work));
            }
        } finally {
            Program.of("rm", "-rf", "--one-file-system", memory.toString()).run();
        }
    }

    private void measure(WorkStore work) throws IOException, InterruptedException {
        bench.warm(work.root());
        Path directory = Files.createTempDirectory(memory, work.work().label() + "-");
        try (Daemon nix = Daemon.nix(peer, Files.createDirectory(directory.resolve("nix")));
                Daemon berth = Daemon.berth(bench, Files.createDirectory(directory.resolve("berth")))) {
            push(work, nix, berth);
            pull(work, nix, berth);
            if (work.work() == Work.SMALL) {
                query(work, nix, berth);
            }
            peer.verify("local?root=" + berth.root());
            direct(work, nix, directory);
        } finally {
            Program.of("rm", "-rf", "--one-file-system", directory.toString()).run();
        }
    }

    private void push(WorkStore work, Daemon nix, Daemon berth) throws IOException, InterruptedException {
        String what = "copy " + work.work().label() + " to a unix socket";
        WarmClient warm = new WarmClient(work);
        warm.warmUp(work.uri(), () -> emptied(berth));
        Contest contest = new Contest()
                .add(peer.name(), run -> pushed(nix, byNix(work, work.uri(), nix.uri())))
                .add(NIX_TO_BERTH, run -> pushed(berth, byNix(work, work.uri(), berth.uri())))
                .add(BERTH_TO_BERTH, run -> pushed(berth, byBerth(work, work.uri(), berth.uri())))
                .add(WARM, run -> warm.copy(work.uri(), emptied(berth)))
                .warmUp(1)
                .run(bench.runs(), what, bench.log());
        report(contest, what, work.work());
    }

    private void report(Contest contest, String what, Work work) {
        for (String who : List.of(NIX_TO_BERTH, BERTH_TO_BERTH, WARM)) {
            double speedUp = who.equals(NIX_TO_BERTH) ? work == Work.SMALL ? 1.5 : 1.2 : work == Work.SMALL ? 3 : 1.5;
            bench.report()
                    .compare(
                            what + ", " + who,
                            contest.of(who),
                            peer.name(),
                            contest.of(peer.name()),
                            OptionalDouble.of(1 / speedUp));
        }
    }

    /** Copies into a server that has been emptied. */
    private Duration pushed(Daemon server, Program copy) throws IOException, InterruptedException {
        emptied(server);
        return copy.run();
    }

    private String emptied(Daemon server) throws IOException, InterruptedException {
        peer.program("nix-store", "--gc", "--store", server.uri()).run();
        return server.uri();
    }

    /** Nix reads the files of a daemon's store itself where it can: the daemon is only asked for path infos. */
    private void pull(WorkStore work, Daemon nix, Daemon berth) throws IOException, InterruptedException {
        String what = "copy " + work.work().label() + " from a unix socket";
        byNix(work, work.uri(), nix.uri()).run();
        byNix(work, work.uri(), berth.uri()).run();
        WarmClient warm = new WarmClient(work);
        pulledHere(warm, berth);
        Contest contest = new Contest()
                .add(peer.name(), run -> pulled(to -> byNix(work, nix.uri() + "?root=" + nix.root(), to)))
                .add(BERTH_TO_BERTH, run -> pulled(to -> byBerth(work, berth.uri(), to)))
                .add(WARM, run -> pulledHere(warm, berth))
                .warmUp(1)
                .run(bench.runs(), what, bench.log());
        for (String who : List.of(BERTH_TO_BERTH, WARM)) {
            bench.report()
                    .compare(
                            what + ", " + who + " (Nix reads the files without the daemon)",
                            contest.of(who),
                            peer.name(),
                            contest.of(peer.name()),
                            OptionalDouble.empty());
        }
    }

    @FunctionalInterface
    private interface Pull {
        Program to(String uri);
    }

    private Duration pulled(Pull pull) throws IOException, InterruptedException {
        Path to = Files.createTempDirectory(memory, "to-");
        Duration time = pull.to("local?root=" + to).run();
        Program.of("rm", "-rf", "--one-file-system", to.toString()).run();
        return time;
    }

    private Duration pulledHere(WarmClient warm, Daemon berth) throws IOException, InterruptedException {
        Path to = Files.createTempDirectory(memory, "to-");
        Duration time = warm.copy(berth.uri(), "local?root=" + to);
        Program.of("rm", "-rf", "--one-file-system", to.toString()).run();
        return time;
    }

    private void query(WorkStore work, Daemon nix, Daemon berth) throws IOException, InterruptedException {
        String what = "path-info -r of 2,000 paths over a unix socket";
        WarmClient warm = new WarmClient(work);
        for (int time = 0; time < QUERY_WARM_UPS; time++) {
            warm.query(berth.uri());
        }
        Contest contest = new Contest()
                .add(peer.name(), run -> pathInfo(work, nix).run())
                .add(NIX_TO_BERTH, run -> pathInfo(work, berth).run())
                .add(
                        BERTH_TO_BERTH,
                        run -> bench.berth(
                                        "store",
                                        "info",
                                        "--recursive",
                                        "--json",
                                        "--store",
                                        berth.uri(),
                                        work.rootPath())
                                .run())
                .add(WARM, run -> warm.query(berth.uri()))
                .warmUp(1)
                .run(bench.runs(), what, bench.log());
        for (String who : List.of(NIX_TO_BERTH, BERTH_TO_BERTH, WARM)) {
            bench.report()
                    .compare(
                            what + ", " + who,
                            contest.of(who),
                            peer.name(),
                            contest.of(peer.name()),
                            OptionalDouble.of(0.5));
        }
    }

    private Program pathInfo(WorkStore work, Daemon daemon) {
        return peer.program(
                "nix",
                "--extra-experimental-features",
                "nix-command",
                "path-info",
                "--recursive",
                "--json",
                "--store",
                daemon.uri(),
                work.rootPath());
    }

    /** The same copy through Berth as a proxy, against the daemon behind it asked directly. */
    private void direct(WorkStore work, Daemon nix, Path directory) throws IOException, InterruptedException {
        String what = "copy " + work.work().label() + " to nix-daemon through Berth as a proxy";
        try (Daemon proxy = Daemon.proxy(bench, Files.createDirectory(directory.resolve("proxy")), nix.uri())) {
            Contest contest = new Contest()
                    .add("direct", run -> pushed(nix, byNix(work, work.uri(), nix.uri())))
                    .add("proxy", run -> pushed(nix, byNix(work, work.uri(), proxy.uri())))
                    .warmUp(1)
                    .run(bench.runs(), what, bench.log());
            bench.report()
                    .compare(what, contest.of("proxy"), "direct", contest.of("direct"), OptionalDouble.of(1 / 0.9));
        }
    }

    private Program byNix(WorkStore work, String from, String to) {
        return peer.copy(from, to, work.rootPath());
    }

    private Program byBerth(WorkStore work, String from, String to) {
        return bench.berth("store", "copy", "--no-check-sigs", "--from", from, "--to", to, work.rootPath());
    }
}
