package dev.berth.store.cache;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.FormatException;
import dev.berth.nix.NarInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What lies in a binary cache, and its removal: for those who collect it. Only caches that can be listed and written have
 * this. What fails is a {@link StoreException}; a file that is not told is absent. Any thread.
 */
public final class CacheUpkeep {
    private static final Logger LOG = LoggerFactory.getLogger(CacheUpkeep.class);
    private static final String NARS = "nar";
    private static final String REALISATION = ".doi";

    private final CacheNarInfos narInfos;
    private final CacheRealisations realisations;
    private final Transport transport;
    private final CacheCalls calls;

    CacheUpkeep(CacheNarInfos narInfos, CacheRealisations realisations, Transport transport, CacheCalls calls) {
        this.narInfos = narInfos;
        this.realisations = realisations;
        this.transport = transport;
        this.calls = calls;
    }

    /** The hash parts that have a narinfo, with the times at which these were written. */
    public Map<String, Instant> hashParts() {
        Map<String, Instant> found = new HashMap<>();
        list("").forEach((name, file) ->
                CacheNarInfos.hashPart(name).ifPresent(hashPart -> found.put(hashPart, file.modified())));
        return found;
    }

    /**
     * A narinfo as it is there now.
     *
     * @return empty if it is not there
     * @throws StoreException of kind {@code CORRUPT} if it does not parse: nobody knows what it names
     */
    public Optional<NarInfo> narInfo(String hashPart) {
        return calls.run("cannot read " + CacheNarInfos.file(hashPart) + " of", () -> narInfos.read(hashPart));
    }

    /** The files in {@code nar/} by name, with their sizes in bytes. */
    public Map<String, Long> nars() {
        Map<String, Long> sizes = new HashMap<>();
        list(NARS).forEach((name, file) -> sizes.put(name, file.size()));
        return sizes;
    }

    /** The outputs of which there are realisations by hash. */
    public List<DrvOutput> realisations() {
        return outputs("realisations", DrvOutput::parseByHash);
    }

    /** The outputs of a derivation of which there are realisations by path. */
    public List<DrvOutput> realisations(StorePath drvPath) {
        return outputs("build-trace-v2/" + drvPath.baseName(), name -> new DrvOutput.ByPath(drvPath, name));
    }

    private List<DrvOutput> outputs(String directory, Function<String, DrvOutput> named) {
        List<DrvOutput> found = new ArrayList<>();
        for (String file : list(directory).keySet()) {
            if (file.endsWith(REALISATION)) {
                String name = file.substring(directory.length() + 1, file.length() - REALISATION.length());
                try {
                    found.add(named.apply(name));
                } catch (FormatException e) {
                    LOG.debug("{} of {} is no realisation: {}", file, calls.uri(), e.getMessage());
                }
            }
        }
        return found;
    }

    /**
     * The realisation of an output as it is there now.
     *
     * @throws StoreException of kind {@code CORRUPT} if it does not parse
     */
    public Optional<Realisation> realisation(DrvOutput output) {
        return realisations.find(output);
    }

    /** Forgets what an output came out as. */
    public void deleteRealisation(DrvOutput output) {
        delete(CacheRealisations.file(output));
    }

    /** Deletes the log of a derivation, if there is one. */
    public void deleteLog(StorePath drvPath) {
        delete(CacheLogs.file(drvPath));
    }

    private void delete(String name) {
        calls.run("cannot delete " + name + " from", () -> {
            transport.delete(name);
            return name;
        });
    }

    private Map<String, Transport.Listed> list(String directory) {
        return calls.run("cannot list", () -> {
            Map<String, Transport.Listed> files = new HashMap<>();
            try (Stream<Transport.Listed> listed = transport
                    .list(directory)
                    .orElseThrow(() -> new StoreException(
                            Kind.REFUSED, calls.uri() + " can't be listed, so nothing can be collected"))) {
                listed.forEach(file -> files.put(file.name(), file));
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
            return files;
        });
    }

    /** Makes a path absent; its NAR stays, as somebody may be about to read it. */
    public void deleteNarInfo(String hashPart) {
        calls.run("cannot delete " + CacheNarInfos.file(hashPart) + " from", () -> {
            transport.delete(CacheNarInfos.file(hashPart));
            transport.delete(hashPart + ".ls");
            return hashPart;
        });
        narInfos.forget(hashPart);
    }

    /**
     * Deletes a file that {@link #nars} told and that no narinfo names.
     *
     * @throws FormatException for the name of another file
     */
    public void deleteNar(String name) {
        if (!name.startsWith(NARS + "/")) {
            throw new FormatException("no NAR of a cache: " + FormatException.quote(name));
        }
        delete(name);
    }
}
