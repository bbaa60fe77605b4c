package dev.berth.node;

import dev.berth.linux.Kernel;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.InlineVolume;
import dev.berth.node.csi.PublishRequest;
import dev.berth.node.events.PodEvents;
import dev.berth.node.events.Reason;
import dev.berth.store.local.LocalStore;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a volume and takes it back. What it needs is written down before it is mounted and forgotten after it is
 * unmounted, so that at every line a crash leaves only what {@link Sweep} finds. The caller holds the volume's locks.
 */
final class Publishing {
    private static final Logger LOG = LoggerFactory.getLogger(Publishing.class);

    private final StateDir state;
    private final LocalStore store;
    private final Gate gate;
    private final PodBuilds builds;
    private final Closures closures;
    private final Presentations presentations;
    private final Trees trees;
    private final Trash trash;
    private final VolumeMounts mounts;
    private final VolumeRoots roots;
    private final Registry registry;
    private final PodEvents events;

    Publishing(
            StateDir state,
            LocalStore store,
            Gate gate,
            PodBuilds builds,
            Closures closures,
            Presentations presentations,
            Trees trees,
            Trash trash,
            VolumeMounts mounts,
            VolumeRoots roots,
            Registry registry,
            PodEvents events) {
        this.state = state;
        this.store = store;
        this.gate = gate;
        this.builds = builds;
        this.closures = closures;
        this.presentations = presentations;
        this.trees = trees;
        this.trash = trash;
        this.mounts = mounts;
        this.roots = roots;
        this.registry = registry;
        this.events = events;
    }

    /**
     * Makes the closure of a volume valid and mounts it. When it throws, nothing is left.
     *
     * @param target of the request, links followed; not mounted on
     */
    void run(Publish publish, Path target) {
        long start = System.nanoTime();
        PublishRequest request = publish.request();
        Gate.Entry entry = gate.enter(request);
        TreeKey.Kind kind = presentations.chosen(request);
        // What is fetched or found valid stays so until the volume's own root is written.
        try (LocalStore session = store.session()) {
            Content content = new Choice(
                            request.wanted(),
                            expression -> {
                                entry.expression(expression);
                                return builds.paths(expression, session, publish);
                            },
                            publish.patience())
                    .first(packages -> content(packages, kind, entry, session, publish));
            VolumeRecord volume = new VolumeRecord(
                    request.volumeId(),
                    target,
                    request.readOnly(),
                    content.packages(),
                    request.wanted().expressed(),
                    request.pod(),
                    content.tree(),
                    content.bytes(),
                    thisBoot(),
                    !Files.exists(target, LinkOption.NOFOLLOW_LINKS));
            publish.waitsFor(Reason.VOLUME_MOUNT, () -> "mounting " + target);
            boolean done = false;
            try {
                entry.register(volume);
                show(volume, () -> content.closure().orElseGet(() -> closure(volume, publish)), publish);
                done = true;
                events.report(
                        request.pod(),
                        Reason.VOLUME_MOUNT,
                        mounted(volume, content.closure(), System.nanoTime() - start));
            } finally {
                if (!done) {
                    undo(volume);
                }
            }
        }
    }

    /**
     * What a volume shows.
     *
     * @param tree the key of the tree that shows it
     * @param bytes of the closure
     * @param closure unless another volume shows the same
     */
    private record Content(List<StorePath> packages, String tree, long bytes, Optional<Collection<PathInfo>> closure) {}

    /** Makes the closure of packages valid. A volume of the same packages has it, and its tree: nothing is to be done then. */
    private Content content(
            List<StorePath> packages, TreeKey.Kind kind, Gate.Entry entry, LocalStore session, Publish publish) {
        session.addTempRoots(packages);
        Optional<VolumeRecord> shared = registry.of(packages, kind);
        if (shared.isEmpty()) {
            entry.foreseen(packages, () -> closures.foreseen(packages, publish.patience()));
        }
        Optional<Collection<PathInfo>> known =
                shared.isPresent() ? Optional.empty() : Optional.of(closures.ensure(packages, publish.patience()));
        String tree = shared.map(VolumeRecord::tree)
                .orElseGet(() -> TreeKey.of(store.storeDir(), packages, known.orElseThrow(), kind));
        long bytes = entry.closure(tree, shared, () -> known.orElseGet(() -> closures.valid(packages)));
        return new Content(packages, tree, bytes, known);
    }

    private static String mounted(VolumeRecord volume, Optional<Collection<PathInfo>> closure, long nanos) {
        return String.format(
                Locale.ROOT,
                "volume %s: mounted %s in %.2f s",
                InlineVolume.nameAt(volume.target().toString()),
                closure.map(paths -> String.format(Locale.ROOT, "%,d store paths", paths.size()))
                        .orElse("the store paths of another volume"),
                nanos / 1e9);
    }

    /** The closure of a volume that was to share a tree, which must be made again. */
    private Collection<PathInfo> closure(VolumeRecord volume, Publish publish) {
        Collection<PathInfo> closure = closures.ensure(volume.packages(), publish.patience());
        if (!TreeKey.of(store.storeDir(), volume.packages(), closure, TreeKey.kind(volume.tree()))
                .equals(volume.tree())) {
            throw new CsiException(
                    Status.Code.ABORTED,
                    "the closure of " + store.storeDir().print(volume.packages().getFirst())
                            + " changed in the store meanwhile: call again");
        }
        return closure;
    }

    private void show(VolumeRecord volume, Supplier<Collection<PathInfo>> closure, Publish publish) {
        String name = volume.name();
        try {
            volume.write(Files.createDirectories(state.volume(name)));
            roots.add(name, volume.packages());
            Path tree = trees.acquire(
                    volume.tree(),
                    volume.name(),
                    volume.packages(),
                    closure,
                    publish.patience().limit());
            if (volume.madeTarget()) {
                Targets.make(volume.target());
            }
            mounts.mount(presentations.of(volume.tree()), tree, volume);
        } catch (IOException e) {
            throw Failures.of("cannot mount the volume at " + volume.target(), e);
        }
    }

    /** Cleans up after a publish that failed. */
    private void undo(VolumeRecord volume) {
        try {
            discard(volume, state.mounts());
        } catch (CsiException | IOException e) {
            LOG.warn("a failed publish of {} leaves something for the next sweep: {}", volume.name(), e.getMessage());
        }
    }

    /**
     * Forgets a volume that is not mounted, in the order that lets a sweep go on from anywhere.
     *
     * @param table read since the caller took the volume's locks, and behind its last change of the target
     */
    void discard(VolumeRecord volume, LiveMounts table) {
        String name = volume.name();
        try {
            if (VolumeMounts.mounted(volume, table, state)) {
                LOG.warn("volume {} is still mounted at {}: kept", name, volume.target());
                return;
            }
            if (volume.madeTarget()) {
                Targets.remove(volume.target(), table);
            }
            closures.used(volume.packages());
            // INVARIANT: a volume in the registry has its root, or its call a temporary one.
            registry.remove(name);
            if (Files.exists(state.volume(name), LinkOption.NOFOLLOW_LINKS)) {
                trash.take(state.volume(name));
            }
            roots.remove(name);
            trees.release(volume.tree(), name);
        } catch (IOException e) {
            throw Failures.of("cannot clean up behind the volume at " + volume.target(), e);
        }
    }

    private static String thisBoot() {
        try {
            return Kernel.bootId();
        } catch (IOException e) {
            throw Failures.of("cannot read the boot id", e);
        }
    }
}
