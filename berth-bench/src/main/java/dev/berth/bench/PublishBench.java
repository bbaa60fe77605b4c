package dev.berth.bench;

import dev.berth.bench.work.Work;
import dev.berth.bench.work.WorkStore;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.InlineVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Publishing volumes of 2,000 paths and 300,000 files by the agent's socket, against {@code cp -al} of the same paths on
 * the same file system and a bind mount a path, and taking them away, against {@code rm -rf} and unmounting. And the memory of
 * the agent meanwhile.
 */
final class PublishBench {
    private static final String BERTH = "Berth";
    private static final String COPY = "cp -al";
    private static final String BINDS = "a bind mount a path";
    private static final String REMOVAL = "rm -rf";
    private static final OptionalDouble TARGET = OptionalDouble.of(0.5);
    private static final double IDLE_LIMIT = 128;
    private static final Duration SETTLE = Duration.ofSeconds(10);

    /** For this JVM, which makes them. */
    private static final int BIND_WARM_UPS = 5;

    private static final Duration TRASH_PATIENCE = Duration.ofMinutes(3);
    private static final long TRASH_POLL_MILLIS = 10;

    private final Bench bench;
    private final WorkStore many;
    private final List<Path> copies = new ArrayList<>();

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
            Volumes volumes = new Volumes(bench, agent.client());
            volumes.unpublish(first(agent, volumes, "auto"));
        }
    }

    /** Twenty at once alone, by each presentation. */
    void crowd() throws IOException, InterruptedException {
        bench.warmMetadata(many.root().resolve("nix/store"));
        for (String presentation : List.of("composefs", "hardlink")) {
            try (AgentProcess agent = AgentProcess.start(bench, many.root(), presentation)) {
                Volumes volumes = new Volumes(bench, agent.client());
                InlineVolume first = volumes.of(many.roots().getLast());
                volumes.publish(first);
                new PublishCrowd(bench, volumes).run(presentation, many.roots().getLast());
                volumes.unpublish(first);
            }
        }
    }

    /** Everything, by each presentation. */
    void publish() throws IOException, InterruptedException {
        bench.warmMetadata(many.root().resolve("nix/store"));
        new PresentationBench(bench, many).run();
        for (String presentation : List.of("composefs", "hardlink")) {
            copies.clear();
            try (AgentProcess agent = AgentProcess.start(bench, many.root(), presentation)) {
                Volumes volumes = new Volumes(bench, agent.client());
                InlineVolume first = first(agent, volumes, presentation);
                List<Duration> unmounted = new ArrayList<>();
                List<InlineVolume> cold = cold(volumes, presentation, unmounted);
                warm(volumes, presentation);
                new PublishCrowd(bench, volumes).run(presentation, many.roots().getLast());
                teardown(volumes, cold, presentation, unmounted);
                volumes.unpublish(first);
            }
        }
    }

    private InlineVolume first(AgentProcess agent, Volumes volumes, String presentation)
            throws IOException, InterruptedException {
        // What a run that was broken off left behind.
        awaitEmptyTrash();
        Thread.sleep(SETTLE);
        double idle = agent.residentMebibytes();
        InlineVolume volume = volumes.of(many.roots().getLast());
        Program.of("sync").run();
        Duration time = published(volumes, volume);
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

    /** @param unmounted takes how long it took to take away each closure that was shown by a bind mount a path */
    private List<InlineVolume> cold(Volumes volumes, String presentation, List<Duration> unmounted)
            throws IOException, InterruptedException {
        for (int warmUp = 0; warmUp < BIND_WARM_UPS; warmUp++) {
            bind(0);
        }
        List<InlineVolume> published = new ArrayList<>();
        Contest times = new Contest()
                .add(BERTH, run -> {
                    InlineVolume volume = volumes.of(many.roots().get(run));
                    published.add(volume);
                    return published(volumes, volume);
                })
                .add(COPY, run -> copy(closure(run)))
                .add(BINDS, run -> {
                    BindMounts mounts = bind(run);
                    unmounted.add(mounts.gone());
                    return mounts.made();
                })
                .run(bench.runs(), presentation + ": publish many, cold", bench.log());
        String what = presentation + ": publish many, first volume of the closure";
        bench.report().compare(what, times, BERTH, COPY, TARGET);
        bench.report().compare(what, times, BERTH, BINDS, OptionalDouble.empty());
        return published;
    }

    private void warm(Volumes volumes, String presentation) throws IOException, InterruptedException {
        List<Duration> publish = new ArrayList<>();
        List<Duration> unpublish = new ArrayList<>();
        for (int run = 0; run < bench.runs() * 4; run++) {
            InlineVolume again = volumes.of(many.roots().getLast());
            publish.add(published(volumes, again));
            unpublish.add(volumes.unpublish(again));
        }
        bench.log().println("  " + presentation + ": " + publish.size() + " more volumes, one after another");
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

    private void teardown(Volumes volumes, List<InlineVolume> published, String presentation, List<Duration> unmounted)
            throws IOException, InterruptedException {
        List<Duration> gone = new ArrayList<>();
        Contest times = new Contest()
                .add(BERTH, run -> {
                    long start = System.nanoTime();
                    Duration answered = volumes.unpublish(published.get(run));
                    awaitEmptyTrash();
                    gone.add(Duration.ofNanos(System.nanoTime() - start));
                    return answered;
                })
                .add(
                        REMOVAL,
                        run -> Program.of("rm", "-rf", copies.get(run).toString())
                                .run())
                .run(bench.runs(), presentation + ": unpublish many", bench.log());
        String what = presentation + ": unpublish many, last volume of the closure";
        OptionalDouble none = OptionalDouble.empty();
        bench.report().compare(what, times, BERTH, REMOVAL, none);
        bench.report().compare(what, times.of(BERTH), "unmount the binds", Samples.of(unmounted), none);
        bench.report()
                .compare(
                        presentation + ": the same until its files are gone, in the background",
                        Samples.of(gone),
                        REMOVAL,
                        times.of(REMOVAL),
                        none);
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

    private static Duration published(Volumes volumes, InlineVolume volume) throws IOException {
        Duration time = volumes.publish(volume);
        Volumes.check(volume);
        return time;
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

    private BindMounts bind(int run) throws IOException, InterruptedException {
        return BindMounts.of(closure(run), Files.createDirectory(bench.fresh("binds")));
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
