package dev.berth.store.local;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Derivation;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A store of this machine: files in a directory and Nix's own database, locks and roots, so that Nix may use it before,
 * after and at the same time. What is added, or read by {@link #nar}, is protected from every garbage collection until
 * this object is closed. Any thread.
 */
public final class LocalStore implements Store {
    private final Opened opened;
    private final boolean owner;
    private final LocalStoreConfig config;
    private final Database database;
    private final PathTable paths;
    private final Optional<TempRoots> tempRoots;

    private LocalStore(Opened opened, boolean owner) {
        this.opened = opened;
        this.owner = owner;
        this.config = opened.config();
        this.database = opened.database();
        this.paths = opened.paths();
        this.tempRoots =
                opened.place().state().map(state -> new TempRoots(config.storeDir(), state, config.lockTimeout()));
    }

    /**
     * Opens a store, making it if there is none and it is not read-only.
     *
     * @throws StoreException of kind {@code REFUSED} if its database has another schema than version 10; {@code ABSENT}
     *     if it is read-only and there is none; {@code UNAVAILABLE} if another process upgrades it right now
     */
    public static LocalStore open(LocalStoreConfig config) {
        return new LocalStore(Opened.open(config), true);
    }

    /**
     * The same store with temporary roots of its own: what is added or read through it is protected until it is closed.
     * For work that ends before this object is closed. To be closed before this object is.
     */
    public LocalStore session() {
        return new LocalStore(opened, false);
    }

    /** Where it lies. */
    public LocalStoreConfig config() {
        return config;
    }

    @Override
    public StoreDir storeDir() {
        return config.storeDir();
    }

    @Override
    public String uri() {
        return config.uri();
    }

    /** Where the files of a path lie or would lie, valid or not. */
    public Path realPath(StorePath path) {
        return config.realStoreDir().resolve(path.baseName());
    }

    @Override
    public Optional<PathInfo> pathInfo(StorePath path) {
        return opened.known().info(path);
    }

    /** What is known of each of the paths that is valid, in the order given. */
    public List<PathInfo> pathInfos(Collection<StorePath> wanted) {
        return database.read(session -> {
            List<PathInfo> infos = new ArrayList<>(wanted.size());
            for (StorePath path : wanted) {
                paths.info(session, path).ifPresent(infos::add);
            }
            return infos;
        });
    }

    @Override
    public Set<StorePath> validPaths(Collection<StorePath> wanted) {
        return database.read(session -> new HashSet<>(paths.valid(session, wanted)));
    }

    @Override
    public Optional<StorePath> pathFromHashPart(String hashPart) {
        StorePath.checkHashPart(hashPart);
        return database.read(session -> paths.fromHashPart(session, hashPart));
    }

    /** Every valid path in order; read a part at a time, so paths that come or go meanwhile may or may not be told. */
    public Stream<StorePath> allValidPaths() {
        return Stream.iterate(
                        page(""),
                        page -> !page.isEmpty(),
                        page -> page(storeDir().print(page.getLast())))
                .flatMap(List::stream);
    }

    private List<StorePath> page(String behind) {
        return database.read(session -> paths.after(session, behind, 1000));
    }

    /** The valid paths that refer to a path, itself among them if it does. */
    public Set<StorePath> referrers(StorePath path) {
        return database.read(session -> new TreeSet<>(paths.referrers(session, path)));
    }

    /** The valid derivations that have the path as an output. */
    public Set<StorePath> validDerivers(StorePath path) {
        return database.read(session -> new TreeSet<>(paths.validDerivers(session, path)));
    }

    /** The outputs of a valid derivation by name, as far as their paths are known without building. */
    public Map<String, StorePath> derivationOutputs(StorePath derivation) {
        return database.read(session -> paths.outputs(session, derivation));
    }

    /**
     * A valid derivation, as its file says.
     *
     * @throws StoreException of kind {@code ABSENT} if it is not valid; {@code CORRUPT} if it does not parse
     */
    public Derivation derivation(StorePath path) {
        if (!database.read(session -> paths.isValid(session, path))) {
            throw absent(path);
        }
        return new Derivations(storeDir(), opened.files().directory()).read(path);
    }

    /** What is reached from the valid ones of the paths by references, themselves included. */
    public Set<StorePath> closure(Collection<StorePath> from) {
        return database.read(session -> new TreeSet<>(paths.closure(session, from, false)));
    }

    /** What reaches the valid ones of the paths by references, themselves included. */
    public Set<StorePath> referrersClosure(Collection<StorePath> from) {
        return database.read(session -> new TreeSet<>(paths.closure(session, from, true)));
    }

    /** The sum of the NAR sizes of a closure, in bytes. */
    public long closureSize(Collection<StorePath> from) {
        return pathInfos(closure(from)).stream().mapToLong(PathInfo::narSize).sum();
    }

    @Override
    public void nar(StorePath path, NarSink sink) {
        tempRoots.ifPresent(roots -> roots.add(List.of(path)));
        if (pathInfo(path).isEmpty()) {
            throw absent(path);
        }
        try {
            opened.files().dump(path.baseName(), sink);
        } catch (IOException e) {
            throw Failure.of("reading '" + realPath(path) + "'", e);
        }
    }

    @Override
    public void add(PathInfo info, NarSource nar) {
        opened.additions().add(info, nar, writableRoots());
    }

    /** Adds many paths with few transactions. To be closed before this object is. */
    public AdditionBatch batch() {
        return new AdditionBatch(opened, writableRoots());
    }

    /**
     * Registers paths whose files are in place already, in one transaction. References may be valid already or among
     * them.
     *
     * @throws StoreException of kind {@code REFUSED} if a reference is neither, or references form a cycle; nothing is
     *     registered then
     */
    public void registerValidPaths(Collection<PathInfo> infos) {
        writableRoots().add(infos.stream().map(PathInfo::path).toList());
        opened.registrar().registerAll(infos);
    }

    /**
     * Adds a file or directory, as {@code nix-store --add} (NAR, SHA-256) and {@code --add-fixed} do.
     *
     * @param source read twice; a change in between is noticed
     * @param references what it refers to; not found by scanning
     * @return its store path, which may have been valid before
     */
    public StorePath addFrom(
            Path source,
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references) {
        return new ContentAdder(this).addFrom(source, name, method, algorithm, references);
    }

    /**
     * Adds what a dump holds, as {@link #addFrom(Path, String, ContentAddressMethod, HashAlgorithm, Collection)} does, but
     * tells it once: a long one is restored into the store while it is hashed (libstore/local-store.cc, {@code
     * addToStoreFromDump}).
     *
     * @param dump read to its end: a NAR if the method hashes a tree (NAR, Git), else the bytes of a file
     * @param repair whether the files of the path are to be replaced if it is valid
     * @return what is known of the path then
     * @throws StoreException of kind {@code REFUSED} for a method or algorithm that is not known, or references that it
     *     does not allow
     */
    public PathInfo addFrom(
            InputStream dump,
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references,
            boolean repair) {
        StorePath path =
                new DumpAdder(opened, this, writableRoots()).add(dump, name, method, algorithm, references, repair);
        return pathInfo(path).orElseThrow(() -> absent(path));
    }

    /**
     * Adds a path even if it is valid: its files are replaced in one step by those told, once these are written and
     * checked.
     */
    public void repair(PathInfo info, NarSource nar) {
        opened.additions().repair(info, nar, writableRoots());
    }

    /** Adds a file of these bytes, as {@code builtins.toFile} and derivations are added. */
    public StorePath addText(String name, byte[] text, Collection<StorePath> references) {
        return new ContentAdder(this).addText(name, text, references);
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        writableRoots();
        database.write(session -> {
            PathInfo info = paths.info(session, path).orElseThrow(() -> absent(path));
            PathInfo more = info.withSignatures(signatures);
            paths.update(session, more);
            return more;
        });
    }

    /** What outputs of content-addressed derivations came out as. */
    public Realisations realisations() {
        return new Realisations(opened, tempRoots);
    }

    /** Protects paths, valid or not, from every garbage collection until this object is closed. */
    public void addTempRoots(Collection<StorePath> roots) {
        writableRoots().add(roots);
    }

    /** The roots of garbage collection. */
    public GcRoots roots() {
        return opened.roots();
    }

    /** Every root, with who holds it: links, files below {@code /proc}, and processes as {@code {temp:PID}}. */
    public Map<StorePath, Set<String>> findRoots() {
        writableRoots();
        return Collector.roots(opened);
    }

    /**
     * Collects garbage. What this object and its sessions protect stays. Waits while another process does.
     *
     * @throws StoreException of kind {@code REFUSED} if a path that is to be deleted is alive; it says by whom
     */
    public GcResult collectGarbage(GcOptions options) {
        writableRoots();
        return new Collector(opened, options).run();
    }

    /**
     * Compares the database with the files, changing nothing.
     *
     * @param checkContents whether to read and hash every file, too
     */
    public VerifyReport verify(boolean checkContents) {
        return new Verification(opened).run(allValidPaths(), checkContents);
    }

    /** What keeps a store small and sound beside collections of garbage. */
    public Upkeep upkeep() {
        return new Upkeep(this, opened, writableRoots());
    }

    /**
     * Whether its directories and its database are still those that were opened; not so if somebody removed the store, or
     * put another in its place.
     */
    public boolean isThere() {
        return opened.isThere();
    }

    /**
     * Removes what killed processes left behind: their locks, half-written paths and temporary roots. For the start of
     * a service; safe while others use the store.
     */
    public void cleanUp() {
        writableRoots();
        new CleanUp(opened).run();
    }

    /**
     * Writes a database of exactly these paths to {@code root/nix/var/nix/db}, replacing one that is there; not synced
     * to the disk. With the files of the paths it is a valid store to Nix.
     *
     * @param infos closed under references
     */
    public void exportDatabase(Path root, Collection<PathInfo> infos) {
        new DatabaseExport(storeDir(), this::derivationOutputs).write(root.resolve("nix/var/nix/db"), infos);
    }

    private StoreException absent(StorePath path) {
        return new StoreException(
                StoreException.Kind.ABSENT,
                "path '" + storeDir().print(path) + "' is not valid in store '" + uri() + "'");
    }

    private TempRoots writableRoots() {
        return tempRoots.orElseThrow(() ->
                new StoreException(StoreException.Kind.READ_ONLY, "store '" + uri() + "' is open for reading only"));
    }

    @Override
    public void close() {
        tempRoots.ifPresent(TempRoots::close);
        if (owner) {
            opened.close();
        }
    }
}
