package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.PublicKey;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.cache.BinaryCache;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Stores that paths are fetched from, asked in the order of their priority, with the keys that are trusted. Safe for use
 * by many threads: a path that several of them want is fetched once.
 */
public final class Substituters implements AutoCloseable {
    /**
     * One store to fetch from.
     *
     * @param store closed with the substituters
     * @param priority the smaller, the earlier it is asked; if empty, what the cache itself says
     * @param trusted whether its paths need no signature
     */
    public record Substituter(Store store, OptionalInt priority, boolean trusted) {}

    private final List<SubstituterState> substituters;
    private final Set<PublicKey> trustedKeys;
    private final int parallelism;
    private final Map<InFlight, CompletableFuture<Boolean>> inFlight = new ConcurrentHashMap<>();

    private record InFlight(Store to, StorePath path) {}

    /**
     * @param substituters may be empty: then fetching what is missing fails and says that no cache is configured
     * @param trustedKeys whose signatures are good
     * @param parallelism how many paths are looked up, and then fetched, at once by one fetch
     */
    public Substituters(List<Substituter> substituters, Collection<PublicKey> trustedKeys, int parallelism) {
        this.substituters = substituters.stream().map(SubstituterState::new).toList();
        this.trustedKeys = Set.copyOf(trustedKeys);
        this.parallelism = parallelism;
    }

    /**
     * Opens stores by their URIs, of which the parameters {@code priority} and {@code trusted} are heeded.
     *
     * @throws StoreException of kind {@code REFUSED} for a URI that cannot be opened
     */
    public static Substituters open(List<String> uris, Collection<PublicKey> trustedKeys, StoreSettings settings) {
        List<Substituter> opened =
                uris.stream().map(uri -> Stores.openSubstituter(uri, settings)).toList();
        return new Substituters(opened, trustedKeys, settings.connections());
    }

    /**
     * Makes the closure of paths valid in a store by fetching what it lacks.
     *
     * @throws StoreException saying for the path which caches were asked and what each answered: {@code ABSENT} if all of
     *     them lack it or none is configured, {@code UNTRUSTED} if one has it without a trusted signature,
     *     {@code CORRUPT} if each copy is bad, {@code UNAVAILABLE} if one could not be asked and no other has it
     */
    public ClosureCopy.Result fetch(Store to, Collection<StorePath> paths, CopyProgress progress) {
        return new Copying<>(new SubstituterOrigin(this, to), to, true, parallelism, progress).run(List.copyOf(paths));
    }

    /**
     * A path that a substituter has, signed or not.
     *
     * @param info what it says
     * @param downloadSize compressed bytes, 0 if unknown
     */
    public record Available(PathInfo info, long downloadSize) {}

    /**
     * Asks for a path; the first that has it answers.
     *
     * @param failures takes what those say that could not be asked
     */
    public Optional<Available> find(StorePath path, Consumer<StoreException> failures) {
        for (SubstituterState substituter : ordered()) {
            Optional<Available> found = substituter.ask(
                    store -> store.pathInfo(path).map(info -> new Available(info, downloadSize(store, path))),
                    Optional.empty(),
                    failures);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /**
     * The path with a hash part that a fetch would take now.
     *
     * @param to where it would be, for messages and its store dir
     * @return empty if every substituter was asked and has none, or there is no substituter
     * @throws StoreException of kind {@code UNTRUSTED} if one has it without a trusted signature; {@code UNAVAILABLE} if one
     *     could not be asked and no other has it
     */
    public Optional<PathInfo> offered(String hashPart, Store to) {
        List<StoreException> failures = new ArrayList<>();
        for (SubstituterState substituter : ordered()) {
            substituter
                    .down()
                    .ifPresent(why -> failures.add(new StoreException(
                            StoreException.Kind.UNAVAILABLE, substituter.uri() + ": down (" + why + ")")));
            Optional<StorePath> path =
                    substituter.ask(store -> store.pathFromHashPart(hashPart), Optional.empty(), failures::add);
            if (path.isPresent()) {
                return Optional.of(
                        new SubstituterOrigin(this, to).find(path.get()).info());
            }
        }
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
        return Optional.empty();
    }

    private static long downloadSize(Store store, StorePath path) {
        return store instanceof BinaryCache cache ? cache.downloadSize(path).orElse(0) : 0;
    }

    /**
     * Those of the paths that substituters have which want to be asked for many.
     *
     * @param failures takes what those say that could not be asked
     */
    public Set<StorePath> having(Collection<StorePath> paths, Consumer<StoreException> failures) {
        Set<StorePath> left = new HashSet<>(paths);
        Set<StorePath> found = new HashSet<>();
        for (SubstituterState substituter : ordered()) {
            if (left.isEmpty()) {
                break;
            }
            Set<StorePath> valid = substituter.ask(
                    store -> store instanceof BinaryCache cache && !cache.wantMassQuery()
                            ? Set.of()
                            : store.validPaths(left),
                    Set.of(),
                    failures);
            found.addAll(valid);
            left.removeAll(valid);
        }
        return found;
    }

    /**
     * Fetches a path that may be valid already, without its references.
     *
     * @param to where it will be, for messages
     * @param destination takes it
     * @throws StoreException as {@link #fetch}
     */
    public void refetch(StorePath path, Store to, BiConsumer<PathInfo, NarSource> destination) {
        new SubstituterOrigin(this, to).refetch(path, destination);
    }

    List<SubstituterState> ordered() {
        return SubstituterState.ordered(substituters);
    }

    Set<PublicKey> trustedKeys() {
        return trustedKeys;
    }

    /** Runs a fetch of one path unless another thread runs it, whose end it then waits for. */
    void once(Store to, StorePath path, Runnable fetch) {
        InFlight key = new InFlight(to, path);
        while (true) {
            CompletableFuture<Boolean> mine = new CompletableFuture<>();
            CompletableFuture<Boolean> other = inFlight.putIfAbsent(key, mine);
            if (other == null) {
                boolean done = false;
                try {
                    fetch.run();
                    done = true;
                } finally {
                    inFlight.remove(key, mine);
                    mine.complete(done);
                }
                return;
            }
            if (SubstituterState.await(other, path)) {
                return;
            }
        }
    }

    /** Closes the stores. */
    @Override
    public void close() {
        substituters.forEach(SubstituterState::close);
    }

    @Override
    public String toString() {
        return substituters.stream().map(SubstituterState::uri).collect(Collectors.joining(", "));
    }
}
