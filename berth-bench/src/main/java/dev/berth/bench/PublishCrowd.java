package dev.berth.bench;

import dev.berth.nix.StorePath;
import dev.berth.node.csi.InlineVolume;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/**
 * Further volumes of one closure, 20 at once, as when a Deployment comes to a node: 400 in rounds of 20 that are asked for in one
 * moment, and then taken away in one moment, so that a volume waits for the others of its round. First of an agent that was just started, and
 * then of one that has run for a while.
 */
final class PublishCrowd {
    private static final int AT_ONCE = 20;
    private static final int ROUNDS = 20;
    /** Between the two, for the agent's JVM, which lives for weeks elsewhere. */
    private static final int WARM_UPS = 60;

    private static final double P50_MILLIS = 20;
    private static final double P99_MILLIS = 50;

    private final Bench bench;
    private final Volumes volumes;

    PublishCrowd(Bench bench, Volumes volumes) {
        this.bench = bench;
        this.volumes = volumes;
    }

    /** While another volume of the root is published. */
    void run(String presentation, StorePath root) throws IOException, InterruptedException {
        String what = presentation + ": publish many, further volumes, " + AT_ONCE + " at once, " + AT_ONCE * ROUNDS
                + " in all";
        Times fresh = rounds(ROUNDS, presentation + ": just started", root);
        bench.report().figure(what + ", agent just started", percentiles(fresh.publish()), "");
        rounds(WARM_UPS, presentation + ": warm-up", root);
        Times warm = rounds(ROUNDS, presentation, root);
        Samples publish = Samples.of(warm.publish());
        limit(what, "p50", publish.percentile(50), P50_MILLIS);
        limit(what, "p99", publish.percentile(99), P99_MILLIS);
        bench.report()
                .figure(presentation + ": unpublish them, " + AT_ONCE + " at once", percentiles(warm.unpublish()), "");
    }

    private record Times(List<Duration> publish, List<Duration> unpublish) {}

    private Times rounds(int rounds, String what, StorePath root) throws IOException, InterruptedException {
        Times times = new Times(new ArrayList<>(), new ArrayList<>());
        for (int round = 1; round <= rounds; round++) {
            List<InlineVolume> these = new ArrayList<>();
            for (int number = 0; number < AT_ONCE; number++) {
                these.add(volumes.of(root));
            }
            List<Duration> made = each(these, volumes::publish);
            for (InlineVolume volume : these) {
                Volumes.check(volume);
            }
            times.publish().addAll(made);
            times.unpublish().addAll(each(these, volumes::unpublish));
            bench.log()
                    .println("  " + what + ": " + AT_ONCE + " publishes at once · round " + round + " · "
                            + Samples.of(made).print());
        }
        return times;
    }

    private static String percentiles(List<Duration> times) {
        Samples samples = Samples.of(times);
        return "p50 " + Samples.millis(samples.percentile(50)) + ", p99 " + Samples.millis(samples.percentile(99));
    }

    private void limit(String what, String which, Duration time, double greatest) {
        bench.report().limit(what + ", " + which, Samples.millis(time), "", time.toNanos() / 1e6, greatest, "ms");
    }

    @FunctionalInterface
    private interface Call {
        Duration of(InlineVolume volume);
    }

    private static List<Duration> each(List<InlineVolume> volumes, Call call) throws IOException, InterruptedException {
        List<Callable<Duration>> calls = new ArrayList<>();
        for (InlineVolume volume : volumes) {
            calls.add(() -> call.of(volume));
        }
        return Together.call(calls, Executors.newVirtualThreadPerTaskExecutor());
    }
}
