package dev.berth.store.cache;

import dev.berth.nix.FormatException;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.PartialStore;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A binary cache that is written by the API of its service, and read as every other. */
final class ApiCache implements PartialStore {
    /** How many paths are asked for at once. */
    static final int BATCH = 1000;

    private final String uri;
    private final StoreDir storeDir;
    private final UploadApi api;
    private final Encoder encoder;
    private final Function<String, BinaryCache> reading;
    private final ExecutorService compressors;
    private final Set<StorePath> known = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable BinaryCache reader;

    /**
     * @param api is closed with this
     * @param encoder how NARs are compressed on their way
     * @param reading opens the binary cache at a URL
     */
    ApiCache(
            String uri, UploadApi api, Encoder encoder, Function<String, BinaryCache> reading, StoreSettings settings) {
        this.uri = uri;
        this.storeDir = settings.storeDir();
        this.api = api;
        this.encoder = encoder;
        this.reading = reading;
        this.compressors = Executors.newFixedThreadPool(
                Runtime.getRuntime().availableProcessors(),
                Thread.ofPlatform().daemon().name("berth-compress-", 0).factory());
    }

    @Override
    public StoreDir storeDir() {
        return storeDir;
    }

    @Override
    public String uri() {
        return uri;
    }

    private BinaryCache reader() {
        lock.lock();
        try {
            BinaryCache opened = reader;
            if (opened == null) {
                opened = reading.apply(calling("cannot ask", api::substituter));
                reader = opened;
            }
            return opened;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<PathInfo> pathInfo(StorePath path) {
        return reader().pathInfo(path);
    }

    @Override
    public Optional<StorePath> pathFromHashPart(String hashPart) {
        return reader().pathFromHashPart(hashPart);
    }

    @Override
    public void nar(StorePath path, NarSink sink) {
        reader().nar(path, sink);
    }

    @Override
    public Set<StorePath> validPaths(Collection<StorePath> paths) {
        List<StorePath> all = List.copyOf(new HashSet<>(paths));
        Set<StorePath> valid = new HashSet<>(all);
        for (int begin = 0; begin < all.size(); begin += BATCH) {
            List<StorePath> batch = all.subList(begin, Math.min(all.size(), begin + BATCH));
            valid.removeAll(calling("cannot ask", () -> api.missing(batch)));
        }
        known.addAll(valid);
        return valid;
    }

    @Override
    public void prepare() {
        // Its owner has made it.
    }

    @Override
    public void add(PathInfo info, NarSource nar, Predicate<StorePath> elsewhere) {
        if (validPaths(List.of(info.path())).contains(info.path())) {
            return;
        }
        Set<StorePath> references = new TreeSet<>(info.references());
        references.remove(info.path());
        references.removeIf(path -> elsewhere.test(path) || known.contains(path));
        references.removeAll(validPaths(references));
        if (!references.isEmpty()) {
            throw new StoreException(
                    Kind.REFUSED,
                    "cannot add " + storeDir.print(info.path()) + " to " + uri + ": it refers to "
                            + storeDir.print(references.iterator().next()) + ", which is not there");
        }
        calling("cannot add " + storeDir.print(info.path()) + " to", () -> {
            try (Spool file = new Spool()) {
                NarInfo complete =
                        new NarUpload(() -> new Kept(file), encoder, compressors).run(info, nar, sink -> sink);
                api.send(complete, file);
            }
            return info;
        });
        known.add(info.path());
    }

    /** A draft that is sent when all of it is known. */
    private record Kept(Spool file) implements Transport.Draft {
        @Override
        public OutputStream out() {
            return file;
        }

        @Override
        public void publish(String name) {
            // By UploadApi.send.
        }

        @Override
        public void close() {
            // By who made the spool.
        }
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        throw new StoreException(
                Kind.REFUSED, "cannot sign " + storeDir.print(path) + " in " + uri + ": sign it before it is pushed");
    }

    private interface Call<T> {
        T run() throws IOException;
    }

    private <T> T calling(String doing, Call<T> call) {
        try {
            return call.run();
        } catch (TransportException e) {
            throw e.toStoreException();
        } catch (InterruptedIOException e) {
            throw new StoreException(Kind.FAILED, doing + " " + uri + ": " + e.getMessage(), e);
        } catch (IOException | FormatException e) {
            throw new StoreException(Kind.CORRUPT, doing + " " + uri + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        compressors.shutdownNow();
        api.close();
        lock.lock();
        try {
            if (reader != null) {
                reader.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
