package dev.berth.store.usage;

import dev.berth.nix.NarInfo;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.store.cache.BinaryCache;
import dev.berth.store.cache.CacheUpkeep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A binary cache. A path goes by its narinfo; its NAR stays until no narinfo has named it for the grace time. As long as one
 * narinfo can't be read, no NAR goes: nobody knows which it names. Realisations and logs go with their paths.
 */
final class CacheHoldings implements Holdings {
    private static final Logger LOG = LoggerFactory.getLogger(CacheHoldings.class);

    /** How long a NAR waits for the narinfo of the upload that it belongs to. */
    private static final Duration UPLOAD = Duration.ofHours(1);

    private final String uri;
    private final CacheUpkeep cache;
    private final CollectionNotes notes;
    private final Duration settling;

    /** What each narinfo names, as they were last read and without those that were deleted since. */
    private final Map<String, String> named = new HashMap<>();

    private final Belongings belongings;
    private final Set<String> unnamedHere = new HashSet<>();
    private PathGraph graph = new PathGraph.Builder().build();
    private boolean known;

    CacheHoldings(BinaryCache cache, UsageDatabase database, Duration settling) {
        this.uri = cache.uri();
        this.cache = cache.upkeep();
        this.belongings = new Belongings(this.cache);
        this.notes = database.notes();
        this.settling = settling;
    }

    @Override
    public String uri() {
        return uri;
    }

    @Override
    public PathGraph graph() {
        named.clear();
        known = true;
        PathGraph.Builder found = new PathGraph.Builder();
        Set<String> counted = new HashSet<>();
        Map<String, Instant> hashParts = cache.hashParts();
        belongings.clear();
        Reading.many(
                hashParts.keySet(),
                cache::narInfo,
                (hashPart, info) -> {
                    named.put(hashPart, info.url());
                    belongings.add(info.info());
                    long size = counted.add(info.url())
                            ? info.fileSize().orElse(info.info().narSize())
                            : 0; // the file is another path's, too
                    Instant written = hashParts.getOrDefault(hashPart, Instant.EPOCH);
                    found.add(info.info().path(), size, written, info.info().references());
                },
                this::unreadable);
        graph = found.build();
        return graph;
    }

    private void unreadable(StoreException e) {
        known = false;
        LOG.warn("{}; as long as it is so, no NAR of {} is deleted", e.getMessage(), uri);
    }

    @Override
    public Set<StorePath> roots() {
        return Set.of();
    }

    /** Space comes free only after the grace time, so that a demand on it would delete ever more. */
    @Override
    public Optional<Space> space() {
        return Optional.empty();
    }

    @Override
    public Deleted delete(List<StorePath> paths) {
        BitSet needed = neededByNew();
        List<StorePath> gone = new ArrayList<>();
        for (StorePath path : paths) {
            if (needed.get(graph.number(path).orElseThrow())) {
                continue;
            }
            belongings.delete(path);
            cache.deleteNarInfo(path.hashPart());
            String url = named.remove(path.hashPart());
            if (url != null) {
                unnamedHere.add(url);
            }
            gone.add(path);
        }
        return new Deleted(gone, 0);
    }

    /** What paths need that were written since the cache was last looked through. */
    private BitSet neededByNew() {
        BitSet needed = new BitSet();
        for (String hashPart : cache.hashParts().keySet()) {
            if (!named.containsKey(hashPart)) {
                read(hashPart).ifPresent(info -> {
                    graph.addClosure(info.info().references(), needed);
                    belongings.add(info.info());
                });
            }
        }
        return needed;
    }

    private Optional<NarInfo> read(String hashPart) {
        try {
            return cache.narInfo(hashPart);
        } catch (StoreException e) {
            unreadable(e);
            return Optional.empty();
        }
    }

    @Override
    public Optional<Duration> settling() {
        return Optional.of(settling);
    }

    @Override
    public long tidy(Instant now, Duration grace) {
        if (!known) {
            return 0; // nothing was looked through yet, or not everything could be read
        }
        Map<String, Long> files = cache.nars();
        Set<String> unnamed = new HashSet<>(files.keySet());
        unnamed.removeAll(namedNow());
        Map<String, Instant> waiting = notes.unnamed();
        notes.named(waiting.keySet().stream()
                .filter(file -> !unnamed.contains(file))
                .toList());
        Set<String> ours = new HashSet<>(unnamed);
        ours.retainAll(unnamedHere);
        notes.unnamed(ours, now.plus(grace));
        notes.unnamed(unnamed, now.plus(grace.compareTo(UPLOAD) > 0 ? grace : UPLOAD));
        Set<String> due = new HashSet<>();
        waiting.forEach((file, until) -> {
            if (unnamed.contains(file) && !until.isAfter(now)) {
                due.add(file);
            }
        });
        return known ? delete(due, files) : 0;
    }

    private Set<String> namedNow() {
        Set<String> urls = new HashSet<>(named.values());
        for (String hashPart : cache.hashParts().keySet()) {
            if (!named.containsKey(hashPart)) {
                read(hashPart).ifPresent(info -> urls.add(info.url()));
            }
        }
        return urls;
    }

    private long delete(Set<String> due, Map<String, Long> files) {
        long freed = 0;
        for (String file : due) {
            cache.deleteNar(file);
            freed += files.getOrDefault(file, 0L);
        }
        notes.named(due);
        if (!due.isEmpty()) {
            withdraw(due);
        }
        return freed;
    }

    /** An upload that found its NAR there and did not send it again has a narinfo by now: better absent than broken. */
    private void withdraw(Set<String> deleted) {
        for (String hashPart : cache.hashParts().keySet()) {
            if (!named.containsKey(hashPart)) {
                read(hashPart).filter(info -> deleted.contains(info.url())).ifPresent(info -> {
                    LOG.warn(
                            "{} of {} was uploaded while its NAR was deleted, and is to be uploaded again",
                            info.info().path(),
                            uri);
                    cache.deleteNarInfo(hashPart);
                });
            }
        }
    }
}
