package dev.berth.bench;

import dev.berth.bench.work.Work;
import dev.berth.bench.work.WorkStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A store served on a unix socket by Berth and by the real nix-daemon: copies to it and from it and queries, by the real
 * {@code nix} as client of both, and by Berth as client of Berth. The served stores lie in memory (tmpfs); a server lives
 * through all runs of a piece of work and is emptied between them, and the first round does not count. What counts as warm begins
 * when client and server have done the same for a while.
 */
final class DaemonBench {
    private static final String NIX_TO_BERTH = "nix → Berth";
    private static final String BERTH_TO_BERTH = "Berth → Berth";
    private static final String WARM = "Berth → Berth, warm JVM";
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
        try (Daemon nixDaemon = Daemon.nix(peer, Files.createDirectory(directory.resolve("nix")));
                Daemon gateway = Daemon.berth(bench, Files.createDirectory(directory.resolve("berth")))) {
            ServedStore nix = nixDaemon.store(bench, peer, directory);
            ServedStore berth = gateway.store(bench, peer, directory);
            push(work, nix, berth);
            pull(work, nix, berth);
            if (work.work() == Work.SMALL) {
                query(work, nix, berth);
            }
            peer.verify("local?root=" + gateway.root());
            proxy(work, nix, directory);
        } finally {
            Program.of("rm", "-rf", "--one-file-system", directory.toString()).run();
        }
    }

    private void push(WorkStore work, ServedStore nix, ServedStore berth) throws IOException, InterruptedException {
        String what = "copy " + work.work().label() + " to a unix socket";
        WarmClient client = new WarmClient(work);
        bench.log().println("  " + what + " · warming up");
        WarmClient.warmUp(run -> berth.pushHere(client));
        Contest contest = new Contest()
                .add(peer.name(), run -> nix.pushByNix(work))
                .add(NIX_TO_BERTH, run -> berth.pushByNix(work))
                .add(BERTH_TO_BERTH, run -> berth.pushByBerth(work))
                .add(WARM, run -> berth.pushHere(client))
                .warmUp(1)
                .run(bench.runs(), what, bench.log());
        boolean isSmall = work.work() == Work.SMALL;
        compare(what, contest, NIX_TO_BERTH, OptionalDouble.of(1 / (isSmall ? 1.5 : 1.2)));
        for (String who : List.of(BERTH_TO_BERTH, WARM)) {
            compare(what, contest, who, OptionalDouble.of(1 / (isSmall ? 3 : 1.5)));
        }
    }

    private void compare(String what, Contest contest, String who, OptionalDouble target) {
        bench.report().compare(what + ", " + who, contest, who, peer.name(), target);
    }

    private void pull(WorkStore work, ServedStore nix, ServedStore berth) throws IOException, InterruptedException {
        String what = "copy " + work.work().label() + " from a unix socket";
        nix.fill(work);
        berth.fill(work);
        WarmClient client = new WarmClient(work);
        bench.log().println("  " + what + " · warming up");
        WarmClient.warmUp(run -> berth.pullHere(client));
        Contest contest = new Contest()
                .add(peer.name(), run -> nix.pullByNix(List.of(work.rootPath())))
                .add(BERTH_TO_BERTH, run -> berth.pullByBerth(work))
                .add(WARM, run -> berth.pullHere(client))
                .warmUp(1)
                .run(bench.runs(), what, bench.log());
        String note = " (Nix reads the files without the daemon)";
        for (String who : List.of(BERTH_TO_BERTH, WARM)) {
            bench.report().compare(what + ", " + who + note, contest, who, peer.name(), OptionalDouble.empty());
        }
    }

    private void query(WorkStore work, ServedStore nix, ServedStore berth) throws IOException, InterruptedException {
        String what = "path-info -r of 2,000 paths over a unix socket";
        WarmClient client = new WarmClient(work);
        bench.log().println("  " + what + " · warming up");
        WarmClient.warmUp(run -> berth.queryHere(client));
        Contest contest = new Contest()
                .add(peer.name(), run -> nix.queryByNix(work))
                .add(NIX_TO_BERTH, run -> berth.queryByNix(work))
                .add(BERTH_TO_BERTH, run -> berth.queryByBerth(work))
                .add(WARM, run -> berth.queryHere(client))
                .warmUp(1)
                .run(bench.runs(), what, bench.log());
        for (String who : List.of(NIX_TO_BERTH, BERTH_TO_BERTH, WARM)) {
            compare(what, contest, who, OptionalDouble.of(0.5));
        }
    }

    /** The same copy through Berth as a proxy, against the daemon behind it asked directly. */
    private void proxy(WorkStore work, ServedStore nix, Path directory) throws IOException, InterruptedException {
        String what = "copy " + work.work().label() + " to nix-daemon through Berth as a proxy";
        try (Daemon gateway = Daemon.proxy(bench, Files.createDirectory(directory.resolve("proxy")), nix.uri())) {
            ServedStore proxy = gateway.store(bench, peer, directory);
            Contest.Attempt through = run -> {
                nix.empty();
                return proxy.fill(work);
            };
            bench.log().println("  " + what + " · warming up");
            WarmClient.warmUp(through);
            Contest contest = new Contest()
                    .add("direct", run -> nix.pushByNix(work))
                    .add("proxy", through)
                    .run(bench.runs(), what, bench.log());
            bench.report().compare(what, contest, "proxy", "direct", OptionalDouble.of(1 / 0.9));
        }
    }
}
