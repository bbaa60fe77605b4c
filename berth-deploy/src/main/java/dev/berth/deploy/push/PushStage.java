package dev.berth.deploy.push;

import dev.berth.deploy.render.CacheSettings;
import dev.berth.nix.StorePath;
import dev.berth.store.ClosureCopy;
import dev.berth.store.ClosurePush;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * The push of a deployment: whole closures to every store that the settings name, one after the other, all within the time
 * that they give. All stores are tried even if one of them fails.
 */
public final class PushStage implements AutoCloseable {
    private final CacheSettings settings;
    private final OpenStores destinations;
    private final OpenStores upstreams;
    private final Consumer<String> warnings;

    /**
     * Opens the stores without asking them anything yet.
     *
     * @param upstreams URIs of stores that all who fetch ask, too: what they have is left out
     * @param base what holds where the settings do not say otherwise
     * @param warnings is told in one line what went wrong and did not end the push
     * @throws StoreException of kind {@code REFUSED} for a URI that is none
     */
    public PushStage(CacheSettings settings, List<String> upstreams, StoreSettings base, Consumer<String> warnings) {
        StoreSettings all = base.withNewHostKeys(settings.acceptNewHostKeys());
        this.settings = settings;
        this.warnings = warnings;
        this.destinations = new OpenStores(settings.pushTo(), all);
        boolean done = false;
        try {
            this.upstreams = new OpenStores(upstreams, all);
            done = true;
        } finally {
            if (!done) {
                destinations.close();
            }
        }
    }

    /**
     * What one store got.
     *
     * @param uri of the store
     */
    public record Pushed(String uri, ClosurePush.Result result) {}

    /**
     * Pushes.
     *
     * @param from where the paths are
     * @param paths whose closures are pushed; may be empty
     * @return what each store got that has all now
     * @throws StoreException of the first store that failed, naming every one, if the settings want all; else they are
     *     warned of
     */
    public List<Pushed> push(
            Store from, Collection<StorePath> paths, ClosureCopy.Options options, CopyProgress progress) {
        List<Pushed> pushed = new ArrayList<>();
        List<StoreException> failures = new ArrayList<>();
        if (paths.isEmpty()) {
            return pushed;
        }
        long end = System.nanoTime() + settings.timeout().toNanos();
        for (Store to : destinations.all()) {
            try {
                Duration left = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
                pushed.add(TimeLimit.run(
                        left,
                        settings.timeout(),
                        "pushing to " + to.uri(),
                        () -> new Pushed(
                                to.uri(),
                                new ClosurePush(from, to, upstreams.all(), warnings).push(paths, options, progress))));
            } catch (StoreException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                failures.add(e);
            }
        }
        if (!failures.isEmpty() && settings.failOnPushError()) {
            StoreException first = failures.getFirst();
            throw new StoreException(
                    first.kind(),
                    String.join(
                            "; ",
                            failures.stream().map(StoreException::getMessage).toList()),
                    first);
        }
        failures.forEach(failure -> warnings.accept("going on although the push failed: " + failure.getMessage()));
        return pushed;
    }

    @Override
    public void close() {
        destinations.close();
        upstreams.close();
    }
}
