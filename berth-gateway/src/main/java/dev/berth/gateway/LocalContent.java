package dev.berth.gateway;

import dev.berth.nix.DerivationPaths;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.CopyProgress;
import dev.berth.store.StoreException;
import dev.berth.store.Substituters;
import dev.berth.store.cache.Compression;
import dev.berth.store.local.LocalStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** A store of this machine as a binary cache. */
final class LocalContent implements CacheContent {
    private final OpenStore store;
    private final ReadLeases leases;
    private final Substituters substituters;
    private final boolean fetches;
    private final boolean optimise;
    private final DebugFiles debugFiles = new DebugFiles();
    private final BuildTraces traces;

    /** @param substituters the caller's */
    LocalContent(OpenStore store, Substituters substituters, ServiceSettings settings) {
        this.store = store;
        this.leases = new ReadLeases(store);
        this.substituters = substituters;
        this.fetches = !settings.fetchesFrom().isEmpty();
        this.optimise = settings.autoOptimise();
        this.traces = new BuildTraces(directoryOf(store).resolve("build-trace-v2"));
    }

    private static Path directoryOf(OpenStore store) {
        return store.config().stateDir().resolve("berth");
    }

    private <T> T with(Function<LocalStore, T> work) {
        try (ReadLeases.Hold hold = leases.take()) {
            return work.apply(hold.store());
        }
    }

    @Override
    public StoreDir storeDir() {
        return store.config().storeDir();
    }

    @Override
    public String uri() {
        return store.config().uri();
    }

    @Override
    public Optional<PathInfo> find(String hashPart) {
        // Protected before it is looked up: who is told of a path comes back for its NAR in a moment.
        return with(local -> local.pathFromHashPart(hashPart).flatMap(path -> {
            local.addTempRoots(Set.of(path));
            return local.pathInfo(path);
        }));
    }

    @Override
    public Set<StorePath> validPaths(Collection<StorePath> paths) {
        return with(local -> local.validPaths(paths));
    }

    @Override
    public void nar(StorePath path, NarSink sink) {
        try (ReadLeases.Hold hold = leases.take()) {
            hold.nar(path, sink);
        }
    }

    @Override
    public Optional<KeptNar> kept(Hash narHash, KeptNar.Form form) {
        return store.nars().find(narHash, form);
    }

    @Override
    public void keep(Hash narHash, KeptNar.Form form, byte[] bytes) {
        store.nars().keep(narHash, form, bytes);
    }

    @Override
    public Optional<PathInfo> offered(String hashPart) {
        return fetches ? with(local -> substituters.offered(hashPart, local)) : Optional.empty();
    }

    @Override
    public void fetch(StorePath path) {
        try (ReadLeases.Hold hold = leases.take()) {
            substituters.fetch(hold.store(), List.of(path), CopyProgress.NONE);
        }
    }

    @Override
    public void add(PathInfo info, NarSource nar) {
        try (ReadLeases.Hold hold = leases.take()) {
            hold.store().add(info.withUltimate(false), nar);
            if (optimise) {
                hold.store().upkeep().optimise(info.path());
            }
        }
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        try (ReadLeases.Hold hold = leases.take()) {
            hold.store().addSignatures(path, signatures);
        }
    }

    /** Compressed or not, as Nix keeps them. */
    @Override
    public Optional<InputStream> log(StorePath drvPath) throws IOException {
        Path compressed = with(local -> local.upkeep().buildLogs().file(drvPath));
        try {
            return Optional.of(Compression.BZIP2.decode(Files.newInputStream(compressed)));
        } catch (NoSuchFileException e) {
            String name = compressed.getFileName().toString();
            Path plain = compressed.resolveSibling(name.substring(0, name.length() - ".bz2".length()));
            return Files.exists(plain) ? Optional.of(Files.newInputStream(plain)) : Optional.empty();
        }
    }

    @Override
    public void addLog(StorePath drvPath, InputStream log) throws IOException {
        try (ReadLeases.Hold hold = leases.take()) {
            hold.store().upkeep().buildLogs().add(drvPath, log);
        }
    }

    @Override
    public Optional<Realisation> realisation(DrvOutput output) {
        Optional<Realisation> known = with(local -> known(local, output));
        if (known.isPresent() || !fetches) {
            return known;
        }
        List<StoreException> failures = new ArrayList<>();
        Optional<Realisation> offered = substituters.realisation(output, true, failures::add);
        if (offered.isEmpty() && !failures.isEmpty()) {
            throw failures.getFirst();
        }
        return offered;
    }

    private Optional<Realisation> known(LocalStore local, DrvOutput output) {
        return switch (output) {
            case DrvOutput.ByHash id -> local.realisations().find(id);
            case DrvOutput.ByPath id ->
                traces.find(id)
                        .filter(known ->
                                !local.validPaths(Set.of(known.outPath())).isEmpty())
                        .or(() -> byHash(local, id)
                                .flatMap(local.realisations()::find)
                                // Signatures by hash are of another text.
                                .map(found -> Realisation.of(id, found.outPath())));
        };
    }

    private static Optional<DrvOutput.ByHash> byHash(LocalStore local, DrvOutput.ByPath id) {
        if (local.validPaths(Set.of(id.drvPath())).isEmpty()) {
            return Optional.empty();
        }
        return Optional.ofNullable(new DerivationPaths(local.storeDir(), local::derivation)
                        .modulo(local.derivation(id.drvPath()))
                        .hashes()
                        .get(id.outputName()))
                .map(hash -> new DrvOutput.ByHash(hash, id.outputName()));
    }

    /** Those by path are kept beside the database, which has no place for them, and by hash, too, if that can be told. */
    @Override
    public void addRealisation(Realisation realisation) {
        try (ReadLeases.Hold hold = leases.take()) {
            LocalStore local = hold.store();
            switch (realisation.id()) {
                case DrvOutput.ByHash _ -> local.realisations().register(realisation);
                case DrvOutput.ByPath id -> {
                    BuildTraces.requireValid(local, realisation);
                    traces.add(id, realisation);
                    byHash(local, id)
                            .ifPresent(
                                    hash -> local.realisations().register(Realisation.of(hash, realisation.outPath())));
                }
            }
        }
    }

    @Override
    public Optional<DebugInfo> debugInfo(String buildId) {
        return with(local -> debugFiles.find(local, buildId));
    }

    @Override
    public Optional<Path> directory() {
        return Optional.of(directoryOf(store));
    }

    @Override
    public long deletions() {
        return store.deletions();
    }

    @Override
    public void close() {
        leases.close();
    }
}
