package dev.berth.node;

import dev.berth.linux.Kernel;
import dev.berth.linux.MountInfo;
import dev.berth.linux.MountTable;
import dev.berth.linux.Mounts;
import dev.berth.node.csi.CsiException;
import dev.berth.node.presentation.Composefs;
import io.grpc.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cleaning, at the start of an agent and behind its calls. At the start it takes up the volumes that are still mounted and removes all
 * that an earlier agent left half made or that died with an earlier boot. Nothing that a mount shows is touched, and nothing at all if the
 * mounts can't be read.
 */
final class Sweep {
    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

    private final StateDir state;
    private final Trees trees;
    private final Trash trash;
    private final VolumeRoots roots;
    private final Registry registry;
    private final KeyedLocks locks;

    Sweep(StateDir state, Trees trees, Trash trash, VolumeRoots roots, Registry registry, KeyedLocks locks) {
        this.state = state;
        this.trees = trees;
        this.trash = trash;
        this.roots = roots;
        this.registry = registry;
        this.locks = locks;
    }

    /** To be run before the first call is served. */
    void run() throws IOException {
        LiveMounts mounts;
        try {
            unmountLeftovers();
            mounts = state.mounts();
        } catch (IOException e) {
            LOG.warn("cannot read the mounts, so nothing is cleaned up: {}", Failures.reason(e));
            adoptAll();
            return;
        }
        each(state.volumes(), volume -> volume(volume, mounts));
        trees.sweep();
        each(state.parts(), trash::take);
        each(state.gcRoots(), this::root);
        trash.sweep();
    }

    /** What was being put together when an agent was killed: nobody else mounts anything there. */
    private void unmountLeftovers() throws IOException {
        for (Path directory : List.of(state.parts(), state.trees())) {
            for (MountInfo mount : MountTable.below(directory)) {
                Path at = mount.mountPoint();
                if (directory.equals(state.parts())
                        || at.getFileName().toString().startsWith(Composefs.STAGE)) {
                    Mounts.unmount(at, Mounts.Unmount.DETACH);
                }
            }
        }
    }

    /**
     * To be run at any time beside calls: removes what a volume left because something else was mounted from it then, and
     * volumes whose pods went without a word: neither their mounts nor the places of them are there any more. What a call is
     * at work on is passed over.
     */
    synchronized void again() {
        try {
            for (VolumeRecord volume : registry.all()) {
                unlessAtWork(volume.name(), () -> lost(volume));
            }
            LiveMounts mounts = state.mounts();
            each(state.volumes(), volume -> unlessKnown(volume, () -> volume(volume, mounts)));
            each(state.gcRoots(), root -> unlessKnown(root, () -> root(root)));
            trees.sweep();
            trash.sweep();
        } catch (IOException e) {
            LOG.warn("cannot clean up now: {}", Failures.reason(e));
        }
    }

    /** Removes roots whose volume or container is gone; those of trees go with these. */
    private void root(Path root) throws IOException {
        String name = root.getFileName().toString();
        if (!TreeKey.isKey(name)
                && !Files.exists(state.volume(name), LinkOption.NOFOLLOW_LINKS)
                && !Files.exists(state.container(name), LinkOption.NOFOLLOW_LINKS)) {
            roots.remove(name);
        }
    }

    private interface Action {
        void run() throws IOException;
    }

    private void unlessKnown(Path entry, Action action) throws IOException {
        String name = entry.getFileName().toString();
        if (registry.get(name).isEmpty()) {
            unlessAtWork(name, () -> {
                if (registry.get(name).isEmpty() && Files.exists(entry, LinkOption.NOFOLLOW_LINKS)) {
                    action.run();
                }
            });
        }
    }

    /** Kubelet was told to forget the pod, and removed its directories: nobody will ever unpublish the volume. */
    private void lost(VolumeRecord volume) throws IOException {
        if (!registry.get(volume.name()).equals(Optional.of(volume))
                || Files.exists(volume.target(), LinkOption.NOFOLLOW_LINKS)
                || VolumeMounts.mounted(volume, state.mounts(), state)) {
            return;
        }
        LOG.info("volume {} was mounted at {}, which is gone: removed", volume.name(), volume.target());
        // INVARIANT: a volume in the registry has its root, or its call a temporary one.
        registry.remove(volume.name());
        trees.release(volume.tree(), volume.name());
    }

    private void unlessAtWork(String name, Action action) throws IOException {
        try (KeyedLocks.Held _ = locks.take(name, List.of("volume " + name), Deadline.after(0, TimeUnit.SECONDS))) {
            action.run();
        } catch (CsiException e) {
            LOG.debug("a call is at work on {}: {}", name, e.getMessage());
        }
    }

    /** What is done with each entry; one that fails must not keep the agent from starting. */
    private interface Step {
        void on(Path entry) throws IOException;
    }

    private static void each(Path directory, Step step) throws IOException {
        try (var entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                try {
                    step.on(entry);
                } catch (IOException e) {
                    LOG.warn("cannot clean up {}: {}", entry, Failures.reason(e));
                }
            }
        }
    }

    private void adoptAll() throws IOException {
        each(state.volumes(), volume -> VolumeRecord.read(volume).ifPresent(this::adopt));
    }

    private void adopt(VolumeRecord volume) {
        registry.add(volume);
        trees.adopt(volume.tree(), volume.name());
    }

    private void volume(Path directory, LiveMounts mounts) throws IOException {
        String name = directory.getFileName().toString();
        Optional<VolumeRecord> volume = VolumeRecord.read(directory);
        // Mounts end with their boot, but the table has the last word: it costs nothing and can't be wrong.
        if (volume.isPresent() && VolumeMounts.mounted(volume.get(), mounts, state)) {
            adopt(volume.get());
            return;
        }
        if (mounts.uses(directory) || mounts.hasSource(VolumeMounts.SOURCE + name)) {
            LOG.warn("{} is used by a mount that is not its volume's: kept", directory);
            volume.ifPresent(this::adopt);
            return;
        }
        if (volume.isPresent()) {
            VolumeRecord stale = volume.get();
            LOG.info(
                    "volume {} is not mounted{}: removed",
                    name,
                    stale.bootId().equals(Kernel.bootId()) ? "" : " since the last boot");
            if (stale.madeTarget()) {
                removeTarget(stale.target(), mounts);
            }
        }
        roots.remove(name);
        trash.take(directory);
    }

    private static void removeTarget(Path target, LiveMounts mounts) {
        try {
            Targets.remove(target, mounts);
        } catch (IOException e) {
            LOG.warn("{} is left as it is: {}", target, Failures.reason(e));
        }
    }
}
