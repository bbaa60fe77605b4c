package dev.berth.store.cache;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.FormatException;
import dev.berth.nix.Realisation;
import dev.berth.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What outputs of content-addressed derivations came out as, by the files of a binary cache: {@code realisations/…} for
 * those by hash, {@code build-trace-v2/…} for those by path, as Nix reads and writes them until 2.34 and after. Thread-safe.
 */
public final class CacheRealisations {
    /** Of a file; real ones have some hundred bytes and a line for each dependency. */
    private static final int MAX_SIZE = 2 << 20;

    private final CacheCalls calls;
    private final Transport transport;

    CacheRealisations(CacheCalls calls, Transport transport) {
        this.calls = calls;
        this.transport = transport;
    }

    /** The name of an output's file, relative to the cache. */
    public static String file(DrvOutput id) {
        return switch (id) {
            case DrvOutput.ByHash byHash -> "realisations/" + byHash.print() + ".doi";
            case DrvOutput.ByPath byPath ->
                "build-trace-v2/" + byPath.drvPath().baseName() + "/" + byPath.outputName() + ".doi";
        };
    }

    /**
     * What the cache says of an output.
     *
     * @throws StoreException of kind {@code CORRUPT} if its file is malformed or of another output; {@code UNAVAILABLE}
     */
    public Optional<Realisation> find(DrvOutput id) {
        return calls.run(
                "cannot read the realisation of an output from",
                () -> transport.read(file(id), MAX_SIZE).map(bytes -> parse(id, bytes)));
    }

    private static Realisation parse(DrvOutput id, byte[] bytes) {
        return Realisation.parseFile(id, new String(bytes, StandardCharsets.UTF_8));
    }

    /**
     * Writes a realisation, as Nix in place of what the cache says; where that is the same path, signatures add up.
     *
     * @throws StoreException if it cannot be written
     */
    public void add(Realisation realisation) {
        DrvOutput id = realisation.id();
        calls.run("cannot write a realisation to", () -> {
            transport.update(
                    file(id),
                    MAX_SIZE,
                    old -> old.flatMap(bytes -> before(id, bytes))
                            .filter(before -> before.outPath().equals(realisation.outPath()))
                            .map(before -> realisation.withSignatures(before.signatures()))
                            .orElse(realisation)
                            .printFile()
                            .getBytes(StandardCharsets.UTF_8));
            return id;
        });
    }

    /** What is malformed is replaced. */
    private static Optional<Realisation> before(DrvOutput id, byte[] bytes) {
        try {
            return Optional.of(parse(id, bytes));
        } catch (FormatException e) {
            return Optional.empty();
        }
    }
}
