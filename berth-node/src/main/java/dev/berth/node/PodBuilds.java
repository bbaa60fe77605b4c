package dev.berth.node;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.InlineVolume;
import dev.berth.node.csi.PublishRequest;
import dev.berth.node.events.PodEvents;
import dev.berth.node.events.Reason;
import dev.berth.node.expression.Expression;
import dev.berth.store.local.LocalStore;
import io.grpc.Status;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Evaluates the expressions of volumes, and tells each pod that wants one what came of it, whoever had it built. */
final class PodBuilds {
    /** Nothing was built: nobody waits for it any more, or this node builds nothing. */
    private static final Set<Status.Code> NOT_FAILED =
            EnumSet.of(Status.Code.ABORTED, Status.Code.CANCELLED, Status.Code.UNIMPLEMENTED);

    private final Evaluations evaluations;
    private final StoreDir storeDir;
    private final PodEvents events;

    PodBuilds(Evaluations evaluations, StoreDir storeDir, PodEvents events) {
        this.evaluations = evaluations;
        this.storeDir = storeDir;
        this.events = events;
    }

    /** As {@link Evaluations#paths}. */
    List<StorePath> paths(Expression expression, LocalStore session, Publish publish) {
        PublishRequest request = publish.request();
        String volume = "volume " + InlineVolume.nameAt(request.target().toString()) + ": ";
        long start = System.nanoTime();
        List<StorePath> paths;
        try {
            paths = evaluations.paths(expression, session, publish.patience());
        } catch (CsiException e) {
            if (!NOT_FAILED.contains(e.code())) {
                events.report(request.pod(), Reason.BUILD_FAILED, volume + e.getMessage());
            }
            throw e;
        }
        events.report(
                request.pod(),
                Reason.BUILD_SUCCEEDED,
                String.format(
                        Locale.ROOT,
                        "%s%s came to %s in %.2f s",
                        volume,
                        expression.attribute(),
                        storeDir.print(paths.getFirst()),
                        (System.nanoTime() - start) / 1e9));
        return paths;
    }
}
