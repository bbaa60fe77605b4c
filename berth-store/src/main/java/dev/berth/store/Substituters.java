package dev.berth.store;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.PathInfo;
import dev.berth.nix.PublicKey;
import dev.berth.nix.Realisation;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.SubstituterState.Reply;
import dev.berth.store.cache.BinaryCache;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
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

    /**
     * How to fetch.
     *
     * @param parallelism how many paths are looked up, and then fetched, at once by one fetch
     * @param queryTimeout how long one may take to say whether it has a path before the next one is asked
     * @param signatures whether paths and realisations must be signed by a trusted key, unless the substituter is trusted
     * @param listener is told what happens
     */
    public record Options(int parallelism, Duration queryTimeout, boolean signatures, SubstituterListener listener) {
        /** As usual, with the limits of the settings. */
        public static Options of(StoreSettings settings) {
            return new Options(settings.connections(), settings.queryTimeout(), true, SubstituterListener.NONE);
        }

        /** With or without the need of signatures. */
        public Options withSignatures(boolean needed) {
            return new Options(parallelism, queryTimeout, needed, listener);
        }

        /** Telling somebody what happens. */
        public Options toldTo(SubstituterListener told) {
            return new Options(parallelism, queryTimeout, signatures, told);
        }
    }

    private final List<SubstituterState> substituters;
    private final Set<PublicKey> trustedKeys;
    private final Options options;
    private final SharedFetches shared;

    /**
     * @param substituters may be empty: then fetching what is missing fails and says that no cache is configured
     * @param trustedKeys whose signatures are good
     */
    public Substituters(List<Substituter> substituters, Collection<PublicKey> trustedKeys, Options options) {
        this.substituters = substituters.stream()
                .map(it -> new Substituter(it.store(), it.priority(), it.trusted() || !options.signatures()))
                .map(it -> new SubstituterState(it, options.queryTimeout(), options.listener()))
                .toList();
        this.trustedKeys = Set.copyOf(trustedKeys);
        this.options = options;
        this.shared = new SharedFetches(options.listener());
    }

    /** As {@link #open(List, Collection, StoreSettings, Options)}, as usual. */
    public static Substituters open(List<String> uris, Collection<PublicKey> trustedKeys, StoreSettings settings) {
        return open(uris, trustedKeys, settings, Options.of(settings));
    }

    /**
     * Opens stores by their URIs, of which the parameters {@code priority} and {@code trusted} are heeded.
     *
     * @throws StoreException of kind {@code REFUSED} for a URI that cannot be opened
     */
    public static Substituters open(
            List<String> uris, Collection<PublicKey> trustedKeys, StoreSettings settings, Options options) {
        List<Substituter> opened =
                uris.stream().map(uri -> Stores.openSubstituter(uri, settings)).toList();
        return new Substituters(opened, trustedKeys, options);
    }

    /**
     * Makes the closure of paths valid in a store by fetching what it lacks.
     *
     * @throws StoreException saying for the path which caches were asked and what each answered: {@code ABSENT} if all of
     *     them lack it or none is configured, {@code UNTRUSTED} if one has it without a trusted signature,
     *     {@code CORRUPT} if each copy is bad, {@code UNAVAILABLE} if one could not be asked and no other has it
     */
    public ClosureCopy.Result fetch(Store to, Collection<StorePath> paths, CopyProgress progress) {
        return new Copying<>(new SubstituterOrigin(this, to), to, true, options.parallelism(), progress)
                .run(List.copyOf(paths));
    }

    /**
     * What {@link #fetch} would bring now: of the closures of paths what a store lacks.
     *
     * @throws StoreException as {@link #fetch}, for what would fail before the first path is fetched
     */
    public Collection<PathInfo> offers(Store to, Collection<StorePath> paths) {
        return new Copying<>(new SubstituterOrigin(this, to), to, true, options.parallelism(), CopyProgress.NONE)
                .find(List.copyOf(paths));
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
        return first(
                store -> store.pathInfo(path).map(info -> new Available(info, downloadSize(store, path))),
                (_, _) -> Optional.empty(),
                failures);
    }

    private <T> Optional<T> first(
            Function<Store, Optional<T>> question,
            BiFunction<SubstituterState, T, Optional<String>> objection,
            Consumer<StoreException> failures) {
        return new Inquiry<>(ordered(), question, objection, failures)
                .run(_ -> true)
                .map(Inquiry.Found::value);
    }

    /**
     * What an output of a content-addressed derivation came out as, says the first that knows it. Its path is not fetched
     * yet.
     *
     * @param signed whether it must be signed by a trusted key, unless the substituter is trusted
     * @param failures takes what those say that could not be asked
     */
    public Optional<Realisation> realisation(DrvOutput id, boolean signed, Consumer<StoreException> failures) {
        return first(
                store -> RealisationSource.find(store, id),
                (from, found) ->
                        !signed || from.trusted() || !found.signers(trustedKeys).isEmpty()
                                ? Optional.empty()
                                : Optional.of("its realisation is signed by no trusted key"),
                failures);
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
        return new SubstituterOrigin(this, to).offered(hashPart);
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
            Set<StorePath> asked = Set.copyOf(left);
            Function<Store, Optional<Set<StorePath>>> question =
                    store -> store instanceof BinaryCache cache && !cache.wantMassQuery()
                            ? Optional.empty()
                            : Optional.of(store.validPaths(asked)).filter(answer -> !answer.isEmpty());
            Set<StorePath> valid = switch (substituter.askPatiently(question)) {
                case Reply.Given<Set<StorePath>>(Set<StorePath> given) -> given;
                case Reply.Failed<Set<StorePath>>(StoreException why) -> {
                    failures.accept(why);
                    yield Set.of();
                }
                case Reply.Absent<Set<StorePath>> _, Reply.LeftAlone<Set<StorePath>> _, Reply.Late<Set<StorePath>> _ ->
                    Set.of();
            };
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

    /** How many there are. */
    public int size() {
        return substituters.size();
    }

    /**
     * Whether a substituter is there.
     *
     * @param uri of the substituter
     * @param problem why it is not; empty if it is
     */
    public record Presence(String uri, String problem) {}

    /**
     * Asks all at once whether they are there, whatever they answered lately. What they answer counts when fetches choose whom
     * to ask.
     *
     * @param patience how long they may take together; who has not answered by then is not there
     * @throws InterruptedException if this thread is interrupted
     */
    public List<Presence> probe(Duration patience) throws InterruptedException {
        List<CompletableFuture<Optional<StoreException>>> answers =
                substituters.stream().map(SubstituterState::probe).toList();
        long end = System.nanoTime() + patience.toNanos();
        List<Presence> presences = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            String problem;
            try {
                problem = answers.get(i)
                        .get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)
                        .map(StoreException::getMessage)
                        .orElse("");
            } catch (TimeoutException e) {
                problem = "it did not answer within " + patience.toSeconds() + " s";
            } catch (ExecutionException e) {
                problem = String.valueOf(e.getCause());
            }
            presences.add(new Presence(substituters.get(i).uri(), problem));
        }
        return presences;
    }

    List<SubstituterState> ordered() {
        return SubstituterState.ordered(substituters);
    }

    Set<PublicKey> trustedKeys() {
        return trustedKeys;
    }

    SubstituterListener listener() {
        return options.listener();
    }

    SharedFetches shared() {
        return shared;
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
