package dev.berth.gateway;

import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.store.local.GcOptions;
import dev.berth.store.local.GcResult;
import dev.berth.store.local.OptimiseResult;
import dev.berth.store.local.VerifyReport;
import dev.berth.store.local.VerifyReport.Problem;
import dev.berth.wire.GcRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** What a session does to a local store as a whole. */
final class Maintenance {
    private final Context context;

    Maintenance(Context context) {
        this.context = context;
    }

    GcRequest.Outcome collect(GcRequest request) {
        if (request.ignoreLiveness()) {
            throw Refusal.of("you are not allowed to ignore liveness");
        }
        boolean specific = request.action() == GcRequest.Action.DELETE_SPECIFIC;
        if (request.maxFreed() == 0 && !specific) {
            return new GcRequest.Outcome(Set.of(), 0);
        }
        ServiceSettings settings = context.settings().now();
        GcResult result = context.store()
                .collectGarbage(new GcOptions(
                        action(request.action()),
                        specific ? request.pathsToDelete() : Set.of(),
                        request.maxFreed() < 0 ? Long.MAX_VALUE : request.maxFreed(),
                        settings.keepOutputs(),
                        settings.keepDerivations()));
        Set<String> paths = new TreeSet<>();
        result.paths().forEach(path -> paths.add(context.show(path)));
        if (specific || request.action() == GcRequest.Action.DELETE_DEAD) {
            paths.forEach(path -> context.log().info("deleting '" + path + "'"));
        }
        return new GcRequest.Outcome(paths, result.bytesFreed());
    }

    private static GcOptions.Action action(GcRequest.Action action) {
        return switch (action) {
            case RETURN_LIVE -> GcOptions.Action.RETURN_LIVE;
            case RETURN_DEAD -> GcOptions.Action.RETURN_DEAD;
            case DELETE_DEAD -> GcOptions.Action.DELETE_DEAD;
            case DELETE_SPECIFIC -> GcOptions.Action.DELETE_SPECIFIC;
        };
    }

    void optimise() {
        SessionLog log = context.log();
        long activity = log.start(SessionLog.OPTIMISE_STORE, "optimising the store");
        try {
            OptimiseResult result = context.store().upkeep().optimise((done, all) -> {
                if (done % 16 == 0 || done == all) {
                    log.progress(activity, done, all);
                }
            });
            log.info(String.format(
                    Locale.ROOT,
                    "%.2f MiB freed by hard-linking %d files",
                    result.bytesFreed() / 1024.0 / 1024.0,
                    result.filesLinked()));
        } finally {
            log.stop(activity);
        }
    }

    /** Whether errors were found and remain (libstore/local-store.cc, {@code verifyStore}). */
    boolean verify(boolean checkContents, boolean repair) {
        if (repair) {
            context.requireTrust("you are not privileged to repair paths");
        }
        context.log().info("reading the Nix store...");
        VerifyReport report = context.store().verify(checkContents);
        boolean errors = links(report.badLinks(), repair);
        List<Problem> missing = new ArrayList<>();
        for (Problem problem : report.problems()) {
            switch (problem.kind()) {
                case MISSING -> missing.add(problem);
                case CHANGED, DANGLING -> {
                    context.log().error(problem.message());
                    errors |= !(repair && repaired(problem.path()));
                }
            }
        }
        return missing(missing, repair) || errors;
    }

    private boolean links(List<String> bad, boolean repair) {
        for (String link : bad) {
            context.log().error("link '" + link + "' was modified!");
            if (repair) {
                context.store().upkeep().removeLink(link);
                context.log().info("removed link '" + link + "'");
            }
        }
        return !bad.isEmpty() && !repair;
    }

    /** Forgets what is gone, referrers first; true if something that is gone must stay for others. */
    private boolean missing(List<Problem> gone, boolean repair) {
        List<Problem> left = new ArrayList<>(gone);
        while (left.removeIf(problem -> {
            boolean forgotten = context.store().upkeep().forget(problem.path());
            if (forgotten) {
                context.log()
                        .info("path '" + context.show(problem.path()) + "' disappeared, removing from database...");
            }
            return forgotten;
        })) {
            // Each that goes may free another.
        }
        boolean errors = false;
        for (Problem problem : left) {
            context.log()
                    .error("path '" + context.show(problem.path())
                            + "' disappeared, but it still has valid referrers!");
            errors |= !(repair && repaired(problem.path()));
        }
        return errors;
    }

    private boolean repaired(StorePath path) {
        try {
            new Fetching(context).refetch(path);
            return true;
        } catch (StoreException e) {
            context.log().warn("cannot repair path '" + context.show(path) + "': " + e.getMessage());
            return false;
        }
    }
}
