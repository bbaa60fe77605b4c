package dev.berth.bench;

import dev.berth.bench.work.Work;
import dev.berth.bench.work.WorkStore;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Dump and restore of NARs, as whole processes and in a JVM that has warmed up, against {@code nix-store --dump} and
 * {@code --restore}. What is read is in the kernel's memory; restored trees are new.
 */
final class NarBench {
    private static final String PROCESS = "Berth";
    private static final String WARM = "Berth, warm JVM";

    private final Bench bench;

    NarBench(Bench bench) {
        this.bench = bench;
    }

    void run() throws IOException, InterruptedException {
        for (NixPeer peer : bench.peers()) {
            peer.program("true").run();
            List<Duration> entries = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                entries.add(peer.program("true").run());
            }
            bench.report()
                    .note("starting a program that does nothing, as " + peer.name() + " is started: "
                            + Samples.of(entries).print() + ", contained in its times");
        }
        for (Work work : List.of(Work.BIG, Work.TREE)) {
            WorkStore store = bench.work(work);
            Path tree = store.realPath(store.roots().getFirst());
            Path nar = bench.scratch().resolve(work.label() + ".nar");
            bench.peers()
                    .getFirst()
                    .program("nix-store", "--dump", tree.toString())
                    .to(nar)
                    .run();
            bench.warm(tree);
            dump(work, tree, nar);
            restore(work, nar);
        }
    }

    private void dump(Work work, Path tree, Path nar) throws IOException, InterruptedException {
        check(narProcess("dump", tree), nar);
        NarProcess.dump(tree, OutputStream.nullOutputStream());
        Contest contest = new Contest()
                .add(PROCESS, run -> narProcess("dump", tree).run())
                .add(WARM, run -> {
                    long start = System.nanoTime();
                    try (var out = Files.newOutputStream(Path.of("/dev/null"))) {
                        NarProcess.dump(tree, out);
                    }
                    return Duration.ofNanos(System.nanoTime() - start);
                });
        for (NixPeer peer : bench.peers()) {
            contest.add(
                    peer.name(),
                    run -> peer.program("nix-store", "--dump", tree.toString()).run());
        }
        compare("NAR dump of " + work.label(), contest);
    }

    private void restore(Work work, Path nar) throws IOException, InterruptedException {
        Path once = bench.fresh("tree");
        narProcess("restore", once).from(nar).run();
        check(bench.peers().getFirst().program("nix-store", "--dump", once.toString()), nar);
        Contest contest = new Contest();
        contest.add(PROCESS, run -> {
            Path tree = bench.fresh("tree");
            return restored(work, tree, narProcess("restore", tree).from(nar).run());
        });
        contest.add(WARM, run -> {
            Path tree = bench.fresh("tree");
            long start = System.nanoTime();
            try (var in = Files.newInputStream(nar)) {
                NarProcess.restore(in, tree);
            }
            return restored(work, tree, Duration.ofNanos(System.nanoTime() - start));
        });
        for (NixPeer peer : bench.peers()) {
            contest.add(peer.name(), run -> {
                Path tree = bench.fresh("tree");
                Program restore = peer.program("nix-store", "--restore", tree.toString());
                return restored(work, tree, restore.from(nar).run());
            });
        }
        compare("NAR restore of " + work.label(), contest);
    }

    // One file is soon deleted; many files are not, and what comes after would be slow.
    private static Duration restored(Work work, Path tree, Duration time) throws IOException, InterruptedException {
        if (work == Work.BIG) {
            Program.of("rm", "-rf", tree.toString()).run();
        }
        return time;
    }

    // A benchmark of something else than the same bytes would be worth nothing.
    private void check(Program dump, Path nar) throws IOException, InterruptedException {
        Path dumped = bench.fresh("dumped");
        dump.to(dumped).run();
        if (Files.mismatch(dumped, nar) != -1) {
            throw new IOException("the NARs " + dumped + " and " + nar + " differ");
        }
        Files.delete(dumped);
    }

    private void compare(String what, Contest contest) throws IOException, InterruptedException {
        Contest times = contest.run(bench.runs(), what, bench.log());
        for (String way : List.of(PROCESS, WARM)) {
            Samples berth = times.of(way);
            for (NixPeer peer : bench.peers()) {
                Samples nix = times.of(peer.name());
                bench.report()
                        .compare(
                                what + (way.equals(WARM) ? ", warm JVM" : ", process"),
                                berth,
                                peer.name(),
                                nix,
                                OptionalDouble.empty());
            }
        }
    }

    // With the flags and the ahead-of-time cache that ./berth runs with.
    private Program narProcess(String what, Path path) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        return Program.of(
                command,
                "-cp",
                System.getProperty("java.class.path", ""),
                NarProcess.class.getName(),
                what,
                path.toString());
    }
}
