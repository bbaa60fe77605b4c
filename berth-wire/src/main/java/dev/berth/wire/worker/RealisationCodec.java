package dev.berth.wire.worker;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.FormatException;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.StorePath;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Realisations. Until Nix 2.34 they name derivations by hash and go as JSON from 1.31 on, as ids and paths before; later
 * releases name them by path and need a feature of 1.38 for that (libstore/worker-protocol.cc, common-protocol.cc).
 */
final class RealisationCodec {
    private RealisationCodec() {}

    static DrvOutput readOutput(WireInput in, Dialect dialect) throws IOException {
        return dialect.realisationWithPath()
                ? new DrvOutput.ByPath(in.storePath(dialect.storeDir()), in.text())
                : DrvOutput.parseByHash(in.text());
    }

    /** Writes an output's id. @throws FormatException if the protocol can't say it */
    static void writeOutput(WireOutput out, Dialect dialect, DrvOutput output) throws IOException {
        checkSayable(dialect, output);
        switch (output) {
            case DrvOutput.ByHash byHash -> out.text(byHash.print());
            case DrvOutput.ByPath(StorePath drvPath, String name) -> {
                out.storePath(dialect.storeDir(), drvPath);
                out.text(name);
            }
        }
    }

    /** @throws FormatException if the protocol can't say the id */
    static void checkSayable(Dialect dialect, DrvOutput output) {
        if (output instanceof DrvOutput.ByPath != dialect.realisationWithPath()) {
            throw new FormatException("can't tell the other side of realisation '" + output.print(dialect.storeDir())
                    + "': it speaks protocol " + dialect + (dialect.realisationWithPath() ? " with" : " without")
                    + " feature '" + Dialect.REALISATION_WITH_PATH + "'");
        }
    }

    static Realisation read(WireInput in, Dialect dialect) throws IOException {
        if (dialect.realisationWithPath()) {
            return readUnkeyed(in, dialect, readOutput(in, dialect));
        }
        if (dialect.atLeast(31)) {
            return Realisation.parse(in.text());
        }
        DrvOutput output = DrvOutput.parseByHash(in.text());
        return Realisation.of(output, new StorePath(in.text()));
    }

    static void write(WireOutput out, Dialect dialect, Realisation realisation) throws IOException {
        checkSayable(dialect, realisation.id());
        if (dialect.realisationWithPath()) {
            writeOutput(out, dialect, realisation.id());
            writeUnkeyed(out, dialect, realisation);
        } else if (dialect.atLeast(31)) {
            out.text(realisation.print());
        } else {
            writeOutput(out, dialect, realisation.id());
            out.text(realisation.outPath().baseName());
        }
    }

    /** What is known of an output, with the feature only. */
    static Realisation readUnkeyed(WireInput in, Dialect dialect, DrvOutput output) throws IOException {
        StorePath outPath = in.storePath(dialect.storeDir());
        NavigableSet<Signature> signatures = in.signatures();
        return new Realisation(output, outPath, signatures, Collections.emptyNavigableMap());
    }

    static void writeUnkeyed(WireOutput out, Dialect dialect, Realisation realisation) throws IOException {
        out.storePath(dialect.storeDir(), realisation.outPath());
        out.signatures(realisation.signatures());
    }

    /** The answer to QueryRealisation. */
    static Optional<Realisation> readAnswer(WireInput in, Dialect dialect, DrvOutput output) throws IOException {
        if (dialect.realisationWithPath()) {
            return in.number("the mark of a realisation", 1) == 0
                    ? Optional.empty()
                    : Optional.of(readUnkeyed(in, dialect, output));
        }
        if (dialect.atLeast(31)) {
            return in.list(each -> Realisation.parse(each.text())).stream().findFirst();
        }
        return in.storePaths(dialect.storeDir()).stream().findFirst().map(outPath -> Realisation.of(output, outPath));
    }

    static void writeAnswer(WireOutput out, Dialect dialect, Optional<Realisation> realisation) throws IOException {
        out.u64(realisation.isPresent() ? 1 : 0);
        if (realisation.isPresent()) {
            if (dialect.realisationWithPath()) {
                writeUnkeyed(out, dialect, realisation.get());
            } else if (dialect.atLeast(31)) {
                out.text(realisation.get().print());
            } else {
                out.storePath(dialect.storeDir(), realisation.get().outPath());
            }
        }
    }

    /**
     * The outputs of a build by their names.
     *
     * @param drvPath what was built, if that is known: with the feature the wire does not say it again
     */
    static NavigableMap<String, Realisation> readBuilt(WireInput in, Dialect dialect, Optional<StorePath> drvPath)
            throws IOException {
        NavigableMap<String, Realisation> built = new TreeMap<>();
        if (dialect.realisationWithPath()) {
            // Of the same type as the others, so that a result can be read on its own.
            in.map(WireInput::text, each -> readUnkeyed(each, dialect, dummy("out")))
                    .forEach((name, realisation) -> built.put(name, withId(realisation, id(drvPath, name))));
        } else {
            in.map(WireInput::text, WireInput::text)
                    .forEach((id, json) -> built.put(DrvOutput.parseByHash(id).outputName(), Realisation.parse(json)));
        }
        return built;
    }

    static void writeBuilt(WireOutput out, Dialect dialect, NavigableMap<String, Realisation> built)
            throws IOException {
        out.u64(built.size());
        for (var each : built.entrySet()) {
            Realisation realisation = each.getValue();
            if (dialect.realisationWithPath()) {
                out.text(each.getKey());
                writeUnkeyed(out, dialect, realisation);
            } else {
                DrvOutput.ByHash id =
                        realisation.id() instanceof DrvOutput.ByHash byHash ? byHash : dummy(each.getKey());
                out.text(id.print());
                out.text((realisation.id().equals(id) ? realisation : Realisation.of(id, realisation.outPath()))
                        .print());
            }
        }
    }

    private static DrvOutput id(Optional<StorePath> drvPath, String name) {
        return drvPath.<DrvOutput>map(path -> new DrvOutput.ByPath(path, name)).orElseGet(() -> dummy(name));
    }

    /** As Nix has it for clients that take the name and the path only. */
    static DrvOutput.ByHash dummy(String name) {
        return new DrvOutput.ByHash(Hash.of(HashAlgorithm.SHA256, new byte[HashAlgorithm.SHA256.size()]), name);
    }

    private static Realisation withId(Realisation realisation, DrvOutput id) {
        return new Realisation(id, realisation.outPath(), realisation.signatures(), Collections.emptyNavigableMap());
    }
}
