package dev.berth.store.cache;

import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.StoreReference;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.GuardedSink;
import dev.berth.store.PartialStore;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A binary cache (libstore/binary-cache-store.cc). Nothing is asked of it before it is first used; its
 * {@code nix-cache-info} is then read, and its store dir must be the one expected.
 */
public final class BinaryCache implements PartialStore {
    private static final int DEFAULT_PRIORITY = 50;

    private final String uri;
    private final StoreDir storeDir;
    private final Transport transport;
    private final Reach reach;
    private final CacheOptions options;
    private final CacheCalls calls;
    private final CacheRealisations realisations;
    private final CacheLogs logs;
    private final Introduction introduction;
    private final CacheNarInfos narInfos;
    private final CacheWriter writer;
    private final Together together;

    BinaryCache(String uri, Transport transport, Reach reach, CacheOptions options, StoreSettings settings) {
        this.uri = uri;
        this.storeDir = settings.storeDir();
        this.transport = transport;
        this.reach = reach;
        this.options = options;
        this.together = new Together(settings.connections());
        this.calls = new CacheCalls(uri);
        this.realisations = new CacheRealisations(calls, transport);
        this.logs = new CacheLogs(calls, transport);
        this.introduction = new Introduction(calls, storeDir, transport, reach);
        AnswerCache answers = new AnswerCache(settings.presentLifetime(), settings.absentLifetime());
        this.narInfos = new CacheNarInfos(calls, storeDir, transport, reach, introduction, answers);
        this.writer = new CacheWriter(calls, storeDir, transport, options, narInfos);
    }

    /**
     * Opens {@code file://DIR}, {@code http://…} or {@code https://…} with the parameters of a binary cache.
     *
     * @throws StoreException of kind {@code REFUSED} for a location or parameter that cannot be used
     */
    public static BinaryCache open(StoreReference reference, StoreSettings settings) {
        return CacheUri.open(reference, settings);
    }

    @Override
    public StoreDir storeDir() {
        return storeDir;
    }

    @Override
    public String uri() {
        return uri;
    }

    /**
     * The smaller, the earlier it is to be asked: what its URI says, or else its {@code nix-cache-info}, or else 50.
     *
     * @throws StoreException if it must be asked and fails
     */
    public int priority() {
        return options.priority().isPresent()
                ? options.priority().getAsInt()
                : introduction.info().priority().orElse(DEFAULT_PRIORITY);
    }

    /**
     * Whether it wants to be asked for many paths: what its URI says, or else its {@code nix-cache-info}.
     *
     * @throws StoreException if it must be asked and fails
     */
    public boolean wantMassQuery() {
        return options.wantMassQuery().orElseGet(() -> introduction.info().wantMassQuery());
    }

    /**
     * Asks it whether it is there, whatever it answered before.
     *
     * @throws StoreException if it is not
     */
    public void probe() {
        calls.run("cannot reach", () -> transport.read(CacheInfo.NAME, CacheInfo.MAX_SIZE));
    }

    /** What outputs of content-addressed derivations came out as. */
    public CacheRealisations realisations() {
        return realisations;
    }

    /** The logs of builds. */
    public CacheLogs logs() {
        return logs;
    }

    /** Whether it is on another machine. */
    public boolean isRemote() {
        return reach.isRemote();
    }

    @Override
    public Optional<PathInfo> pathInfo(StorePath path) {
        return narInfos.of(path).map(NarInfo::info);
    }

    /** How many bytes the path is in this cache, compressed, if the cache has it and says so. */
    public OptionalLong downloadSize(StorePath path) {
        return narInfos.of(path).map(NarInfo::fileSize).orElse(OptionalLong.empty());
    }

    @Override
    public Set<StorePath> validPaths(Collection<StorePath> paths) {
        if (reach.isRemote() && paths.size() > 1) {
            return together.filter(paths, path -> narInfos.of(path).isPresent());
        }
        Set<StorePath> valid = new HashSet<>();
        for (StorePath path : paths) {
            if (narInfos.of(path).isPresent()) {
                valid.add(path);
            }
        }
        return valid;
    }

    @Override
    public Optional<StorePath> pathFromHashPart(String hashPart) {
        StorePath.checkHashPart(hashPart);
        return narInfos.of(hashPart).map(info -> info.info().path());
    }

    /**
     * All its paths, in no order, each read from its narinfo when the stream comes to it; empty if it is a cache that
     * cannot be listed, as over HTTP. The caller closes the stream.
     */
    public Optional<Stream<StorePath>> allPaths() {
        return calls.run("cannot list", () -> transport.list(""))
                .map(files -> files.flatMap(file -> CacheNarInfos.hashPart(file.name()).stream())
                        .flatMap(hashPart -> pathFromHashPart(hashPart).stream()));
    }

    /** NARs that others have compressed. */
    public CacheUploads uploads() {
        return new CacheUploads(writer, transport, calls);
    }

    /** What lies in it, for those who collect it. */
    public CacheUpkeep upkeep() {
        return new CacheUpkeep(narInfos, realisations, transport, calls);
    }

    /** The directory of this machine that it is, if it is one. */
    public Optional<Path> directory() {
        return transport instanceof FileTransport files ? Optional.of(files.directory()) : Optional.empty();
    }

    /** Believes nothing of some paths any more that was said before: others may have deleted them. */
    public void forget(Collection<StorePath> paths) {
        paths.forEach(path -> narInfos.forget(path.hashPart()));
    }

    @Override
    public void nar(StorePath path, NarSink sink) {
        nar(path, sink, DownloadProgress.NONE);
    }

    /**
     * Tells the tree of a valid path, and meanwhile how far the download is.
     *
     * @throws StoreException as {@link #nar(StorePath, NarSink)}
     */
    public void nar(StorePath path, NarSink sink, DownloadProgress progress) {
        NarInfo info = narInfos.of(path)
                .orElseThrow(
                        () -> new StoreException(Kind.ABSENT, "path " + storeDir.print(path) + " is not in " + uri));
        Compression compression = Compression.of(info.compression())
                .orElseThrow(() -> new StoreException(
                        Kind.CORRUPT,
                        "path " + storeDir.print(path) + " in " + uri + " has the compression '" + info.compression()
                                + "', which is not known; known are " + Compression.names()));
        calls.run("cannot read " + storeDir.print(path) + " from", () -> {
            try (Download file = transport.download(info)) {
                if (file.body().isEmpty()) {
                    narInfos.forget(path.hashPart());
                    throw new StoreException(
                            Kind.ABSENT,
                            uri + " has a narinfo of " + storeDir.print(path) + " but not its NAR " + info.url());
                }
                new NarDownload(info, compression, progress).run(file, new GuardedSink(sink));
            } catch (TransportException | InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                transport.doubt(info.url());
                throw e;
            }
            return path;
        });
    }

    /**
     * Whether a failure to tell a tree was due to what an earlier try had left, and which is gone now: the next try starts
     * from nothing.
     */
    public static boolean droppedPart(StoreException failure) {
        return failure.getCause() instanceof StaleDownload;
    }

    @Override
    public void add(PathInfo info, NarSource nar, Predicate<StorePath> elsewhere) {
        writer.initialise();
        if (narInfos.of(info.path()).isPresent()) {
            return;
        }
        Set<StorePath> references = new TreeSet<>(info.references());
        references.remove(info.path());
        references.removeIf(path -> elsewhere.test(path) || narInfos.isKnown(path));
        references.removeAll(validPaths(references));
        if (!references.isEmpty()) {
            throw new StoreException(
                    Kind.REFUSED,
                    "cannot add " + storeDir.print(info.path()) + " to " + uri + ": it refers to "
                            + storeDir.print(references.iterator().next()) + ", which is not there");
        }
        writer.add(info, nar);
    }

    /**
     * Makes a cache of what is elsewhere, which must say that it is one before it is asked anything; a directory stays empty
     * until there is a path.
     */
    @Override
    public void prepare() {
        if (isRemote()) {
            writer.initialise();
        }
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        writer.update(
                path,
                old -> narInfos.parse(path.hashPart(), old)
                        .filter(found -> found.info().path().equals(path))
                        .map(found -> found.withInfo(found.info().withSignatures(signatures))));
        narInfos.forget(path.hashPart());
    }

    @Override
    public void close() {
        writer.close();
        transport.close();
    }
}
