package dev.berth.node;

import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.nix.FormatException;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.Driver;
import dev.berth.node.csi.InlineVolume;
import dev.berth.node.csi.PublishRequest;
import dev.berth.node.csi.VolumeStats;
import dev.berth.node.events.PodEvents;
import dev.berth.node.events.Reason;
import dev.berth.node.pods.PodRef;
import dev.berth.store.local.LocalStore;
import io.grpc.Deadline;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The volumes of this node: publishes go on when the calls that wait for them end, all else is done while they wait. */
final class Volumes implements Driver, AutoCloseable {
    private final StateDir state;
    private final LocalStore store;
    private final Publishing publishing;
    private final VolumeMounts mounts;
    private final Registry registry;
    private final KeyedLocks locks;
    private final Sweep sweep;
    private final Duration fetchTimeout;
    private final PodEvents events;
    private final Publishes publishes;
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
            Publishing publishing,
            Publishes publishes,
            VolumeMounts mounts,
            Registry registry,
            KeyedLocks locks,
            Sweep sweep,
            Duration fetchTimeout,
            PodEvents events) {
        this.state = state;
        this.store = store;
        this.publishing = publishing;
        this.publishes = publishes;
        this.mounts = mounts;
        this.registry = registry;
        this.locks = locks;
        this.sweep = sweep;
        this.fetchTimeout = fetchTimeout;
        this.events = events;
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
        publishes.run(
                StateDir.volumeName(request.volumeId()),
                request,
                request.fetchTimeout().orElse(fetchTimeout),
                deadline,
                publish -> perform(publish, target, deadline));
    }

    /** @param lockedBy when other calls for the same target must have ended */
    private void perform(Publish publish, Path target, Deadline lockedBy) {
        PublishRequest request = publish.request();
        String name = StateDir.volumeName(request.volumeId());
        try (KeyedLocks.Held _ = lock(name, request.volumeId(), target, lockedBy)) {
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
                publishing.discard(known.get(), table);
            }
            Targets.check(target, state);
            publishing.run(publish, target);
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

    @Override
    public void unpublish(String volumeId, Path requested, Deadline deadline) {
        String name = StateDir.volumeName(volumeId);
        Path target = Targets.resolve(requested).orElse(requested);
        publishes.giveUp(name, deadline);
        try (KeyedLocks.Held _ = lock(name, volumeId, target, deadline)) {
            Targets.refuseOwn(target, state);
            Optional<VolumeRecord> volume =
                    registry.get(name).filter(known -> known.target().equals(target));
            PodRef pod = volume.map(VolumeRecord::pod).orElse(PodRef.NONE);
            String what = "volume " + InlineVolume.nameAt(target.toString()) + ": ";
            try {
                LiveMounts left = mounts.unmount(target);
                volume.ifPresent(known -> publishing.discard(known, left));
            } catch (CsiException e) {
                events.report(pod, Reason.FAILED_VOLUME_CLEANUP, what + e.getMessage());
                throw e;
            }
            events.report(pod, Reason.VOLUME_UNMOUNT, what + "unmounted");
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
            return state.mounts();
        } catch (IOException e) {
            throw new CsiException(Status.Code.UNAVAILABLE, "cannot read the mounts: " + Failures.reason(e), e);
        }
    }

    /** Gives up the publishes under way and ends the cleaning in the background. */
    @Override
    public void close() {
        publishes.close();
        sweeper.close();
    }

    List<PublishedVolume> published() {
        return registry.all().stream().map(VolumeRecord::published).toList();
    }
}
