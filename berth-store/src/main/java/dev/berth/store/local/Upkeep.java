package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.util.List;

/** What keeps a store small and sound beside collections of garbage, and the logs of builds. Any thread. */
public final class Upkeep {
    private final LocalStore store;
    private final Opened opened;
    private final TempRoots roots;

    Upkeep(LocalStore store, Opened opened, TempRoots roots) {
        this.store = store;
        this.opened = opened;
        this.roots = roots;
    }

    /** Is told how far an optimisation is. */
    @FunctionalInterface
    public interface Progress {
        /** So many paths of so many are done. */
        void progressed(long done, long all);
    }

    /**
     * Makes files of one content hard links to one in {@code .links}, of all paths (libstore/optimise-store.cc). Nix may do
     * so at the same time.
     */
    public OptimiseResult optimise(Progress progress) {
        try (Optimiser optimiser = Optimiser.open(opened, true)) {
            List<StorePath> all = store.allValidPaths().toList();
            long done = 0;
            for (StorePath path : all) {
                Failure.checkInterrupted("optimising store '" + store.uri() + "'");
                optimise(optimiser, path);
                progress.progressed(++done, all.size());
            }
            return optimiser.result();
        } catch (IOException e) {
            throw Failure.of("optimising store '" + store.uri() + "'", e);
        }
    }

    // Each is a root while it is looked at, and no longer: else nothing could be collected for hours.
    private void optimise(Optimiser optimiser, StorePath path) throws IOException {
        try (LocalStore holder = store.session()) {
            holder.addTempRoots(List.of(path));
            if (holder.pathInfo(path).isPresent()) {
                optimiser.path(path);
            }
        }
    }

    /** As {@link #optimise(Progress)}, of one path that is valid, which stays protected as if it had been added. */
    public OptimiseResult optimise(StorePath path) {
        roots.add(List.of(path));
        try (Optimiser optimiser = Optimiser.open(opened, false)) {
            optimiser.path(path);
            return optimiser.result();
        } catch (IOException e) {
            throw Failure.of("optimising '" + show(path) + "'", e);
        }
    }

    /**
     * Makes a path invalid whose files are gone, unless another valid path refers to it.
     *
     * @return whether it is invalid now
     */
    public boolean forget(StorePath path) {
        try {
            return !opened.files().exists(path.baseName())
                    && new GcPaths(opened, GcOptions.dead()).invalidate(List.of(path));
        } catch (IOException e) {
            throw Failure.of("looking for '" + show(path) + "'", e);
        }
    }

    /**
     * Removes a file from {@code .links}, such as one that was modified. The paths that have it keep it.
     *
     * @param name as {@link VerifyReport#badLinks} has it
     */
    public void removeLink(String name) {
        try (Directory links = opened.files().directory().openDirectory(Names.bytes(".links"))) {
            links.unlink(Names.bytes(name));
        } catch (LinuxException e) {
            throw Failure.of("removing link '" + name + "'", e);
        }
    }

    /** The logs of builds. */
    public BuildLogs buildLogs() {
        return new BuildLogs(opened.config().logDir());
    }

    private String show(StorePath path) {
        return store.storeDir().print(path);
    }
}
