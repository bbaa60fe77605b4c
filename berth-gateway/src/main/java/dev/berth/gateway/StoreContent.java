package dev.berth.gateway;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.cache.BinaryCache;
import dev.berth.store.cache.CacheUploads;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Any other store as a binary cache: what a {@link Store} has, and of a cache what belongs to its paths.
 *
 * @param store its owner closes it
 * @param deleted a number that grows whenever paths may have become invalid
 */
record StoreContent(Store store, LongSupplier deleted) implements CacheContent {
    @Override
    public StoreDir storeDir() {
        return store.storeDir();
    }

    @Override
    public String uri() {
        return store.uri();
    }

    @Override
    public Optional<PathInfo> find(String hashPart) {
        return store.pathFromHashPart(hashPart).flatMap(store::pathInfo);
    }

    @Override
    public Set<StorePath> validPaths(Collection<StorePath> paths) {
        return store.validPaths(paths);
    }

    @Override
    public void nar(StorePath path, NarSink sink) {
        store.nar(path, sink);
    }

    @Override
    public Optional<PathInfo> offered(String hashPart) {
        return Optional.empty();
    }

    @Override
    public void fetch(StorePath path) {
        throw unsupported("fetch from substituters");
    }

    @Override
    public void add(PathInfo info, NarSource nar) {
        store.add(info, nar);
    }

    /** A narinfo may come by another gateway than its NAR. */
    @Override
    public Optional<CacheUploads> uploads() {
        return store instanceof BinaryCache cache ? Optional.of(cache.uploads()) : Optional.empty();
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        store.addSignatures(path, signatures);
    }

    @Override
    public Optional<InputStream> log(StorePath drvPath) {
        return store instanceof BinaryCache cache ? cache.logs().open(drvPath) : Optional.empty();
    }

    @Override
    public void addLog(StorePath drvPath, InputStream log) {
        cache("keep logs").logs().add(drvPath, log);
    }

    @Override
    public Optional<Realisation> realisation(DrvOutput output) {
        return store instanceof BinaryCache cache ? cache.realisations().find(output) : Optional.empty();
    }

    @Override
    public void addRealisation(Realisation realisation) {
        BinaryCache cache = cache("keep realisations");
        if (store.validPaths(Set.of(realisation.outPath())).isEmpty()) {
            throw new StoreException(
                    Kind.REFUSED,
                    "the path of a realisation, '" + realisation.outPath() + "', is not valid; add that first");
        }
        cache.realisations().add(realisation);
    }

    @Override
    public Optional<DebugInfo> debugInfo(String buildId) {
        return Optional.empty();
    }

    private BinaryCache cache(String what) {
        if (store instanceof BinaryCache cache) {
            return cache;
        }
        throw unsupported(what);
    }

    private StoreException unsupported(String what) {
        return new StoreException(Kind.REFUSED, "a gateway to " + store.uri() + " cannot " + what);
    }

    @Override
    public Optional<Path> directory() {
        return Optional.empty();
    }

    @Override
    public long deletions() {
        return deleted.getAsLong();
    }

    @Override
    public void close() {}
}
