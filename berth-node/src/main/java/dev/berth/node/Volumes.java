package dev.berth.node;

import dev.berth.linux.Errno;
import dev.berth.linux.Kernel;
import dev.berth.linux.LinuxException;
import dev.berth.nix.FormatException;
import dev.berth.nix.PathInfo;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.Driver;
import dev.berth.node.csi.PublishRequest;
import dev.berth.node.csi.VolumeStats;
import dev.berth.store.local.LocalStore;
import io.grpc.Deadline;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes and unpublishes volumes. What a volume needs is written down before it is mounted and forgotten after it is
 * unmounted, so that at every line a crash leaves only what {@link Sweep} finds.
 */
final class Volumes implements Driver, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Volumes.class);

    private final StateDir state;
    private final LocalStore store;
    private final Closures closures;
    private final Presentations presentations;
    private final Trees trees;
    private final Trash trash;
    private final VolumeMounts mounts;
    private final VolumeRoots roots;
    private final Registry registry;
    private final KeyedLocks locks;
    private final Sweep sweep;
    private final ExecutorService sweeper = new ThreadPoolExecutor(
            0,
            1,
            1,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(1),
            Thread.ofVirtual().name("berth-sweep").factory(),
            // One that waits sees all that is there when it runs: another would be for nothing.
            new ThreadPoolExecutor.DiscardPolicy());

    Volumes(
            StateDir state,
            LocalStore store,
            Closures closures,
            Presentations presentations,
            Trees trees,
            Trash trash,
            VolumeRoots roots,
            Registry registry,
            KeyedLocks locks,
            Sweep sweep) {
        this.state = state;
        this.store = store;
        this.closures = closures;
        this.presentations = presentations;
        this.trees = trees;
        this.trash = trash;
        this.mounts = new VolumeMounts(state);
        this.roots = roots;
        this.registry = registry;
        this.locks = locks;
        this.sweep = sweep;
    }

    @Override
    public boolean ready() {
        return Readiness.check(store, state);
    }

    @Override
    public void publish(PublishRequest request, Deadline deadline) {
        Path target = Targets.resolve(request.target())
                .orElseThrow(() -> new CsiException(
                        Status.Code.FAILED_PRECONDITION,
                        "the directory " + request.target().getParent() + " of the target path does not exist"));
        String name = StateDir.volumeName(request.volumeId());
        try (KeyedLocks.Held _ = lock(name, request.volumeId(), target, deadline)) {
            LiveMounts table = table();
            Optional<VolumeRecord> known = registry.get(name);
            if (table.isMountPoint(target)) {
                // INVARIANT: a target that is a mount is never touched: its source may be in use.
                checkHolder(request, target, known);
                return;
            }
            if (known.isPresent()) {
                if (VolumeMounts.mounted(known.get(), table, state)) {
                    throw new CsiException(
                            Status.Code.FAILED_PRECONDITION,
                            "the volume is published at " + known.get().target()
                                    + " already: unpublish it there first");
                }
                discard(known.get());
            }
            Targets.check(target, state);
            prepareAndMount(request, target, deadline);
        }
    }

    private void checkHolder(PublishRequest request, Path target, Optional<VolumeRecord> known) {
        Optional<VolumeRecord> holder = registry.at(target);
        if (holder.isPresent() && !holder.get().volumeId().equals(request.volumeId())) {
            throw new CsiException(
                    Status.Code.ALREADY_EXISTS, "another volume is published at " + target + ": unpublish it first");
        }
        if (known.isPresent() && !known.get().serves(request, target)) {
            throw new CsiException(
                    Status.Code.ALREADY_EXISTS,
                    "the volume is published already with other packages, mode, pod or target: unpublish it first");
        }
    }

    private void prepareAndMount(PublishRequest request, Path target, Deadline deadline) {
        // What is fetched or found valid stays so until the volume's own root is written.
        try (LocalStore session = store.session()) {
            session.addTempRoots(request.packages());
            // A volume of the same packages has its closure and its tree: nothing is to be fetched or computed.
            Optional<String> shared = registry.treeOf(request.packages());
            Optional<Collection<PathInfo>> known = shared.isPresent()
                    ? Optional.empty()
                    : Optional.of(closures.ensure(request.packages(), request.pod(), deadline));
            String key = shared.orElseGet(() ->
                    TreeKey.of(store.storeDir(), request.packages(), known.orElseThrow(), presentations.chosen()));
            VolumeRecord volume = new VolumeRecord(
                    request.volumeId(),
                    target,
                    request.readOnly(),
                    request.packages(),
                    request.pod(),
                    key,
                    thisBoot(),
                    !Files.exists(target, LinkOption.NOFOLLOW_LINKS));
            boolean done = false;
            try {
                show(volume, () -> known.orElseGet(() -> closure(volume, deadline)), deadline);
                done = true;
            } finally {
                if (!done) {
                    undo(volume);
                }
            }
        }
    }

    /** The closure of a volume that was to share a tree, which must be made again. */
    private Collection<PathInfo> closure(VolumeRecord volume, Deadline deadline) {
        Collection<PathInfo> closure = closures.ensure(volume.packages(), volume.pod(), deadline);
        if (!TreeKey.of(store.storeDir(), volume.packages(), closure, TreeKey.kind(volume.tree()))
                .equals(volume.tree())) {
            throw new CsiException(
                    Status.Code.ABORTED,
                    "the closure of " + store.storeDir().print(volume.packages().getFirst())
                            + " changed in the store meanwhile: call again");
        }
        return closure;
    }

    private void show(VolumeRecord volume, Supplier<Collection<PathInfo>> closure, Deadline deadline) {
        String name = volume.name();
        try {
            registry.add(volume);
            volume.write(Files.createDirectories(state.volume(name)));
            roots.add(name, volume.packages());
            Path tree = trees.acquire(volume, closure, deadline);
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
            discard(volume);
        } catch (CsiException e) {
            LOG.warn("a failed publish of {} leaves something for the next sweep: {}", volume.name(), e.getMessage());
        }
    }

    /** Forgets a volume that is not mounted, in the order that lets a sweep go on from anywhere. */
    private void discard(VolumeRecord volume) {
        String name = volume.name();
        try {
            LiveMounts table = LiveMounts.read(state.base());
            if (VolumeMounts.mounted(volume, table, state)) {
                LOG.warn("volume {} is still mounted at {}: kept", name, volume.target());
                return;
            }
            if (volume.madeTarget()) {
                Targets.remove(volume.target(), table);
            }
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

    @Override
    public void unpublish(String volumeId, Path requested, Deadline deadline) {
        String name = StateDir.volumeName(volumeId);
        Path target = Targets.resolve(requested).orElse(requested);
        try (KeyedLocks.Held _ = lock(name, volumeId, target, deadline)) {
            Targets.refuseOwn(target, state);
            mounts.unmount(target);
            Optional<VolumeRecord> volume = registry.get(name);
            if (volume.isPresent() && volume.get().target().equals(target)) {
                discard(volume.get());
            }
        }
        sweeper.execute(sweep::again);
    }

    @Override
    public VolumeStats stats(String volumeId, Path path) {
        Path target = Targets.resolve(path).orElseThrow(() -> notPublished(path));
        VolumeRecord volume = registry.get(StateDir.volumeName(volumeId))
                .filter(known -> known.target().equals(target))
                .orElseThrow(() -> notPublished(path));
        boolean mounted = VolumeMounts.mounted(volume, table(), state);
        try {
            return VolumeUsage.of(volume, target, mounted, state);
        } catch (LinuxException e) {
            if (e.is(Errno.ENOENT)) {
                throw notPublished(path);
            }
            throw Failures.of("cannot look at " + target, e);
        }
    }

    private static CsiException notPublished(Path path) {
        return new CsiException(Status.Code.NOT_FOUND, "no such volume is published at " + path);
    }

    private KeyedLocks.Held lock(String name, String volumeId, Path target, Deadline deadline) {
        return locks.take(
                "the volume " + FormatException.quote(volumeId) + " or its target",
                List.of("volume " + name, "target " + target),
                deadline);
    }

    private LiveMounts table() {
        try {
            return LiveMounts.read(state.base());
        } catch (IOException e) {
            throw new CsiException(Status.Code.UNAVAILABLE, "cannot read the mounts: " + Failures.reason(e), e);
        }
    }

    private static String thisBoot() {
        try {
            return Kernel.bootId();
        } catch (IOException e) {
            throw Failures.of("cannot read the boot id", e);
        }
    }

    /** Ends the cleaning in the background. */
    @Override
    public void close() {
        sweeper.close();
    }

    List<PublishedVolume> published() {
        return registry.all().stream().map(VolumeRecord::published).toList();
    }
}
