package dev.berth.bench;

import dev.berth.bench.work.Work;
import dev.berth.bench.work.WorkStore;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.NodeConfig;
import dev.berth.node.csi.InlineVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Publishing volumes of 2,000 paths and 300,000 files by the agent's socket, against {@code cp -al} of the same paths on
 * the same file system, and taking them away, against {@code rm -rf}. And the memory of the agent meanwhile.
 */
final class PublishBench {
    private static final OptionalDouble TARGET = OptionalDouble.of(0.5);
    private static final double IDLE_LIMIT = 128;
    private static final Duration SETTLE = Duration.ofSeconds(10);

    private static final Duration TRASH_PATIENCE = Duration.ofMinutes(3);
    private static final long TRASH_POLL_MILLIS = 10;

    private final Bench bench;
    private final WorkStore many;
    private final List<Path> copies = new ArrayList<>();
    private int volumes;

    PublishBench(Bench bench) throws IOException, InterruptedException {
        this.bench = bench;
        this.many = bench.work(Work.MANY);
        if (bench.runs() >= many.roots().size()) {
            throw new IOException("at most " + (many.roots().size() - 1) + " runs: each cold one needs a new closure");
        }
    }

    /** The agent's memory alone: start, one publish, idle again. */
    void memory() throws IOException, InterruptedException {
        bench.warmMetadata(many.root().resolve("nix/store"));
        try (AgentProcess agent = AgentProcess.start(bench, many.root(), "auto")) {
            InlineVolume volume = first(agent, "auto");
            agent.client().unpublish(volume.volumeId(), volume.target());
        }
    }

    /** Everything, by each presentation. */
    void publish() throws IOException, InterruptedException {
        bench.warmMetadata(many.root().resolve("nix/store"));
        new PresentationBench(bench, many).run();
        for (String presentation : List.of("composefs", "hardlink")) {
            copies.clear();
            try (AgentProcess agent = AgentProcess.start(bench, many.root(), presentation)) {
                InlineVolume first = first(agent, presentation);
                List<InlineVolume> cold = cold(agent, presentation);
                warm(agent, first, presentation);
                teardown(agent, cold, presentation);
                agent.client().unpublish(first.volumeId(), first.target());
            }
        }
    }

    private InlineVolume first(AgentProcess agent, String presentation) throws IOException, InterruptedException {
        // What a run that was broken off left behind.
        awaitEmptyTrash();
        Thread.sleep(SETTLE);
        double idle = agent.residentMebibytes();
        InlineVolume volume = volume(many.roots().getLast());
        Program.of("sync").run();
        Duration time = publish(agent, volume);
        double peak = agent.peakMebibytes();
        Thread.sleep(SETTLE);
        double after = agent.residentMebibytes();
        Report report = bench.report();
        report.limit(
                presentation + ": agent memory, idle after its start", mebibytes(idle), "", idle, IDLE_LIMIT, "MiB");
        report.limit(
                presentation + ": agent memory, idle after a publish of many",
                mebibytes(after),
                "",
                after,
                IDLE_LIMIT,
                "MiB");
        report.figure(presentation + ": agent memory, peak of that publish (64 MiB heap)", mebibytes(peak), "");
        report.figure(
                presentation + ": publish many: the first volume of an agent just started", Samples.seconds(time), "");
        return volume;
    }

    private List<InlineVolume> cold(AgentProcess agent, String presentation) throws IOException, InterruptedException {
        List<InlineVolume> published = new ArrayList<>();
        Contest times = new Contest()
                .add("Berth", run -> {
                    InlineVolume volume = volume(many.roots().get(run));
                    published.add(volume);
                    return publish(agent, volume);
                })
                .add("cp -al", run -> copy(closure(run)))
                .run(bench.runs(), presentation + ": publish many, cold", bench.log());
        compare(presentation + ": publish many, first volume of the closure", times, "cp -al", TARGET);
        return published;
    }

    private void warm(AgentProcess agent, InlineVolume first, String presentation)
            throws IOException, InterruptedException {
        List<Duration> publish = new ArrayList<>();
        List<Duration> unpublish = new ArrayList<>();
        for (int run = 0; run < bench.runs() * 4; run++) {
            InlineVolume again = volume(many.roots().getLast());
            publish.add(publish(agent, again));
            long start = System.nanoTime();
            agent.client().unpublish(again.volumeId(), again.target());
            unpublish.add(Duration.ofNanos(System.nanoTime() - start));
        }
        bench.log().println("  " + first.volumeId() + " shared by " + publish.size() + " more volumes");
        bench.report()
                .figure(
                        presentation + ": publish many, further volumes of the closure",
                        Samples.of(publish).print(),
                        "");
        bench.report()
                .figure(
                        presentation + ": unpublish many while others use it",
                        Samples.of(unpublish).print(),
                        "");
    }

    private void teardown(AgentProcess agent, List<InlineVolume> published, String presentation)
            throws IOException, InterruptedException {
        List<Duration> gone = new ArrayList<>();
        Contest times = new Contest()
                .add("Berth", run -> {
                    InlineVolume volume = published.get(run);
                    long start = System.nanoTime();
                    agent.client().unpublish(volume.volumeId(), volume.target());
                    Duration answered = Duration.ofNanos(System.nanoTime() - start);
                    awaitEmptyTrash();
                    gone.add(Duration.ofNanos(System.nanoTime() - start));
                    return answered;
                })
                .add(
                        "rm -rf",
                        run -> Program.of("rm", "-rf", copies.get(run).toString())
                                .run())
                .run(bench.runs(), presentation + ": unpublish many", bench.log());
        compare(presentation + ": unpublish many, last volume of the closure", times, "rm -rf", OptionalDouble.empty());
        bench.report()
                .compare(
                        presentation + ": the same until its files are gone, in the background",
                        Samples.of(gone),
                        "rm -rf",
                        times.of("rm -rf"),
                        OptionalDouble.empty());
    }

    /** The agent deletes in the background; nothing is timed meanwhile that it isn't about. */
    private void awaitEmptyTrash() throws IOException, InterruptedException {
        Path trash = many.root().resolve("nix/var/berth/trash");
        long deadline = System.nanoTime() + TRASH_PATIENCE.toNanos();
        while (true) {
            try (var entries = Files.list(trash)) {
                if (entries.findAny().isEmpty()) {
                    return;
                }
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("the agent has not emptied " + trash);
            }
            Thread.sleep(TRASH_POLL_MILLIS);
        }
    }

    private void compare(String what, Contest times, String peer, OptionalDouble target) {
        Samples berth = times.of("Berth");
        bench.report().compare(what, berth, peer, times.of(peer), target);
    }

    private Duration publish(AgentProcess agent, InlineVolume volume) throws IOException {
        long start = System.nanoTime();
        agent.client().publish(volume);
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        Path store = volume.target().resolve("nix/store");
        long shown;
        try (var entries = Files.list(store)) {
            shown = entries.count();
        }
        if (shown != Work.MANY.paths()) {
            throw new IOException(store + " has " + shown + " paths, not " + Work.MANY.paths());
        }
        return time;
    }

    private InlineVolume volume(StorePath root) throws IOException {
        String pod = "bench-" + volumes++;
        return new InlineVolume(
                new InlineVolume.Pod(pod, "default", "uid-" + pod, "default"),
                "nix",
                bench.fresh("volume"),
                true,
                Map.of(NodeConfig.thisSystem(), StoreDir.DEFAULT.print(root)));
    }

    // The store holds the closures of all roots: all paths but the other roots are in each.
    private Collection<Path> closure(int run) throws IOException {
        List<Path> paths = new ArrayList<>();
        StorePath mine = many.roots().get(run);
        try (var entries =
                Files.newDirectoryStream(many.root().resolve("nix/store"), "*-" + Work.MANY.label() + "-*")) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!name.contains("-root-") || name.equals(mine.baseName())) {
                    paths.add(entry);
                }
            }
        }
        return paths;
    }

    private Duration copy(Collection<Path> paths) throws IOException, InterruptedException {
        Path target = bench.fresh("copy");
        Files.createDirectory(target);
        copies.add(target);
        List<String> command = new ArrayList<>(List.of("cp", "-al", "-t", target.toString()));
        paths.forEach(path -> command.add(path.toString()));
        return Program.of(command).run();
    }

    private static String mebibytes(double value) {
        return String.format(Locale.ROOT, "%.0f MiB", value);
    }
}
