package dev.berth.node;

import dev.berth.nix.StorePath;
import dev.berth.store.ClosureCopy;
import dev.berth.store.Substituters;
import dev.berth.store.local.LocalStore;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A fetch of a closure, and how far it is. */
final class Fetch implements SharedWork.Work<ClosureCopy.Result> {
    private static final Logger LOG = LoggerFactory.getLogger(Fetch.class);

    private final LocalStore store;
    private final Substituters substituters;
    private final List<StorePath> packages;
    private final FetchProgress progress = new FetchProgress();

    Fetch(LocalStore store, Substituters substituters, List<StorePath> packages) {
        this.store = store;
        this.substituters = substituters;
        this.packages = packages;
    }

    @Override
    public ClosureCopy.Result run() {
        long start = System.nanoTime();
        Set<StorePath> wanted = Set.copyOf(packages);
        try (LocalStore session = store.session()) {
            session.addTempRoots(wanted);
            ClosureCopy.Result result = substituters.fetch(session, wanted, progress);
            LOG.atInfo().addKeyValue("seconds", seconds(start)).log("{}", progress);
            return result;
        }
    }

    /** Since then, by {@link System#nanoTime}, as log lines have it. */
    static double seconds(long start) {
        return Math.round((System.nanoTime() - start) / 1e6) / 1e3;
    }

    @Override
    public String state() {
        return "fetching the closure of " + store.storeDir().print(packages.getFirst()) + " from " + substituters + ": "
                + progress;
    }
}
