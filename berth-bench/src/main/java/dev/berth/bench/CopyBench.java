package dev.berth.bench;

import dev.berth.bench.work.Work;
import dev.berth.bench.work.WorkStore;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Copying a closure of 2,000 paths between stores against {@code nix copy}: as whole processes, which have targets, and
 * in a JVM that has warmed up, as in an agent or a gateway. What is read is in the kernel's memory, what is written is
 * new.
 */
final class CopyBench {
    private static final OptionalDouble TARGET = OptionalDouble.of(0.5);
    // One xz run takes Nix most of a minute.
    private static final int XZ_RUNS = 2;
    private static final String PROCESS = "Berth";
    private static final String WARM = "Berth, warm JVM";

    private final Bench bench;
    private final WorkStore small;

    CopyBench(Bench bench) throws IOException, InterruptedException {
        this.bench = bench;
        this.small = bench.work(Work.SMALL);
    }

    void run() throws IOException, InterruptedException {
        bench.warm(small.root());
        compare("copy small, local → local", small.uri(), "local?root=", "", bench.runs(), bench.peers());
        Map<String, String> caches = new LinkedHashMap<>();
        for (String compression : List.of("none", "zstd")) {
            compare(
                    "copy small, local → file, " + compression,
                    small.uri(),
                    "file://",
                    "?compression=" + compression,
                    bench.runs(),
                    bench.peers());
            // One cache for all readers, written by Nix.
            String cache = "file://" + bench.fresh("cache");
            copy(bench.peers().getFirst(), small.uri(), cache + "?compression=" + compression)
                    .run();
            caches.put(compression, cache);
        }
        for (Map.Entry<String, String> cache : caches.entrySet()) {
            compare(
                    "copy small, file → local, " + cache.getKey(),
                    cache.getValue(),
                    "local?root=",
                    "",
                    bench.runs(),
                    bench.peers());
        }
        compare(
                "copy small, local → file, xz",
                small.uri(),
                "file://",
                "?compression=xz",
                Math.min(XZ_RUNS, bench.runs()),
                bench.peers().subList(0, 1));
    }

    private void compare(String what, String from, String to, String parameters, int runs, List<NixPeer> peers)
            throws IOException, InterruptedException {
        boolean warm = !parameters.contains("xz"); // which takes long, and none of it in the JVM
        Contest contest = new Contest()
                .add(
                        PROCESS,
                        run -> berth(from, to + bench.fresh("to") + parameters).run());
        if (warm) {
            WarmClient copy = new WarmClient(small);
            Contest.Attempt here = run -> copy.copy(from, to + bench.fresh("to") + parameters);
            WarmClient.warmUp(here);
            contest.add(WARM, here);
        }
        for (NixPeer peer : peers) {
            contest.add(
                    peer.name(),
                    run -> copy(peer, from, to + bench.fresh("to") + parameters).run());
        }
        Contest times = contest.run(runs, what, bench.log());
        for (NixPeer peer : peers) {
            bench.report().compare(what, times, PROCESS, peer.name(), TARGET);
            if (warm) {
                bench.report().compare(what + ", warm JVM", times, WARM, peer.name(), OptionalDouble.empty());
            }
        }
    }

    private Program berth(String from, String to) {
        return bench.berth("store", "copy", "--no-check-sigs", "--from", from, "--to", to, small.rootPath());
    }

    private Program copy(NixPeer peer, String from, String to) {
        return peer.copy(from, to, small.rootPath());
    }
}
