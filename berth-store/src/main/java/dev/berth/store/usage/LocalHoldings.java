package dev.berth.store.usage;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.store.local.GcOptions;
import dev.berth.store.local.GcResult;
import dev.berth.store.local.LocalStore;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A store of this machine. What goes is proved dead under Nix's lock of garbage collections, for one batch at a time; a
 * path that a session protects stays, and with it all that it needs.
 */
final class LocalHoldings implements Holdings {
    private static final int PAGE = 1000;

    private final LocalStore store;
    private final Keeping keeping;

    LocalHoldings(LocalStore store, Keeping keeping) {
        this.store = store;
        this.keeping = keeping;
    }

    @Override
    public String uri() {
        return store.uri();
    }

    @Override
    public PathGraph graph() {
        PathGraph.Builder graph = new PathGraph.Builder();
        List<StorePath> page = new ArrayList<>(PAGE);
        try (Stream<StorePath> all = store.allValidPaths()) {
            all.forEach(path -> {
                page.add(path);
                if (page.size() == PAGE) {
                    add(page, graph);
                }
            });
        }
        add(page, graph);
        return graph.build();
    }

    private void add(List<StorePath> page, PathGraph.Builder graph) {
        for (PathInfo info : store.pathInfos(page)) {
            List<StorePath> needs = new ArrayList<>(info.references());
            if (keeping.derivations()) {
                info.deriver().ifPresent(needs::add);
            }
            if (keeping.outputs() && info.path().isDerivation()) {
                needs.addAll(store.derivationOutputs(info.path()).values());
            }
            graph.add(info.path(), info.narSize(), info.registrationTime(), needs);
        }
        page.clear();
    }

    @Override
    public Set<StorePath> roots() {
        return store.findRoots().keySet();
    }

    @Override
    public Optional<Space> space() {
        try {
            FileStore disk = Files.getFileStore(store.config().realStoreDir());
            return Optional.of(new Space(disk.getUsableSpace(), disk.getTotalSpace()));
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Kind.FAILED,
                    "cannot ask for the free space of '" + store.config().realStoreDir() + "': " + e.getMessage(),
                    e);
        }
    }

    @Override
    public Deleted delete(List<StorePath> paths) {
        GcResult gone =
                store.collectGarbage(GcOptions.deleteDeadOf(paths).keeping(keeping.outputs(), keeping.derivations()));
        return new Deleted(paths.stream().filter(gone.paths()::contains).toList(), gone.bytesFreed());
    }

    @Override
    public Optional<Duration> settling() {
        return Optional.empty();
    }

    @Override
    public long tidy(Instant now, Duration grace) {
        return store.collectGarbage(GcOptions.deleteInvalid()).bytesFreed();
    }
}
