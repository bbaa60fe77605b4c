package dev.berth.gateway;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.store.CopyProgress;
import dev.berth.store.StoreException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Fetches what a session lacks from its substituters, and tells its client of it. */
final class Fetching {
    private final Context context;

    Fetching(Context context) {
        this.context = context;
    }

    /** Makes paths valid with all that they refer to. */
    void fetch(Collection<StorePath> paths) {
        try (Shown shown = new Shown()) {
            context.substituters().fetch(context.store(), paths, shown);
        }
    }

    /** As {@link #fetch}, each as far as it goes; what fails is said and stays missing. */
    void tryFetch(Collection<StorePath> paths) {
        for (StorePath path : paths) {
            try {
                fetch(List.of(path));
            } catch (StoreException e) {
                context.log().warn(e.getMessage());
            }
        }
    }

    /** Makes a path valid if it is not. */
    void ensure(StorePath path) {
        if (context.isValid(path)) {
            return;
        }
        try {
            fetch(List.of(path));
        } catch (StoreException e) {
            throw Refusal.of(
                    "path '" + context.show(path) + "' does not exist and cannot be created: " + e.getMessage());
        }
    }

    /** Puts a fetched copy in the place of what is there. */
    void refetch(StorePath path) {
        context.substituters().refetch(path, context.store(), context.store()::repair);
    }

    /** Shows each path as an activity. */
    private final class Shown implements CopyProgress, AutoCloseable {
        /** More would say the same more often. */
        private static final long STEP = 1 << 20;

        private final Map<StorePath, Long> activities = new ConcurrentHashMap<>();

        @Override
        public void started(PathInfo info, String from) {
            String path = context.show(info.path());
            long id = context.log()
                    .start(
                            SessionLog.COPY_PATH,
                            "copying path '" + path + "' from '" + from + "'",
                            path,
                            from,
                            context.store().uri());
            Long before = activities.put(info.path(), id);
            if (before != null) {
                context.log().stop(before);
            }
        }

        /** Of the file as the cache has it, as that is what comes through the network. */
        @Override
        public void downloaded(PathInfo info, long more, long bytes, long ofBytes) {
            Long id = activities.get(info.path());
            if (id != null && ofBytes > 0 && bytes / STEP != (bytes - more) / STEP) {
                context.log().progress(id, bytes, ofBytes);
            }
        }

        @Override
        public void finished(PathInfo info, String from) {
            Long id = activities.remove(info.path());
            if (id != null) {
                context.log().progress(id, info.narSize(), info.narSize());
                context.log().stop(id);
            }
        }

        /** Ends what did not finish. */
        @Override
        public void close() {
            activities.values().forEach(context.log()::stop);
        }
    }
}
