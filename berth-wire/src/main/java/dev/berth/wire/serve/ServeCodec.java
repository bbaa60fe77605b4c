package dev.berth.wire.serve;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.FormatException;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.wire.BuildResult;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Values whose shape is the serve protocol's own (libstore/serve-protocol.cc).
 *
 * @param storeDir of all paths
 * @param minor the version that both sides speak
 */
record ServeCodec(StoreDir storeDir, int minor) {
    /** In place of a hash that is not known. */
    static final Hash NO_HASH = Hash.of(HashAlgorithm.SHA256, new byte[32]);

    private static final BuildResult.Status[] STATUSES = BuildResult.Status.values();

    /** What is behind the path: {@link #NO_HASH} from a side that is too old to say it. */
    PathInfo readPathInfo(WireInput in, StorePath path) throws IOException {
        Optional<StorePath> deriver = in.optionalStorePath(storeDir);
        Set<StorePath> references = in.storePaths(storeDir);
        in.u64(); // the size of a download, which nobody uses
        long narSize = in.number("NAR size", Long.MAX_VALUE);
        PathInfo info = PathInfo.of(path, NO_HASH, narSize, references).withDeriver(deriver);
        if (minor < ServeProtocol.NAR_HASH) {
            return info;
        }
        String hash = in.text();
        var ca = in.optionalContentAddress();
        NavigableSet<Signature> signatures = in.signatures();
        return new PathInfo(
                path,
                hash.isEmpty() ? NO_HASH : Hash.parse(hash),
                narSize,
                info.references(),
                deriver,
                Instant.EPOCH,
                false,
                signatures,
                ca);
    }

    void writePathInfo(WireOutput out, PathInfo info) throws IOException {
        out.optionalStorePath(storeDir, info.deriver());
        out.storePaths(storeDir, info.references());
        out.u64(info.narSize());
        out.u64(info.narSize());
        if (minor >= ServeProtocol.NAR_HASH) {
            out.text(info.narHash().toNix32());
            out.optionalContentAddress(info.ca());
            out.signatures(info.signatures());
        }
    }

    /** @param drvPath what was built */
    BuildResult readBuildResult(WireInput in, StorePath drvPath) throws IOException {
        BuildResult.Status status = readStatus(in);
        String message = in.text();
        boolean times = minor >= ServeProtocol.BUILD_TIMES;
        return new BuildResult(
                status,
                message,
                times ? in.u64() : 0,
                times && in.bool(),
                times ? in.u64() : 0,
                times ? in.u64() : 0,
                Optional.empty(),
                Optional.empty(),
                readOutputs(in, drvPath));
    }

    /** One that this version does not know is a failure all the same. */
    static BuildResult.Status readStatus(WireInput in) throws IOException {
        long number = in.u64();
        return number >= 0 && number < STATUSES.length ? STATUSES[(int) number] : BuildResult.Status.MISC_FAILURE;
    }

    private NavigableMap<String, Realisation> readOutputs(WireInput in, StorePath drvPath) throws IOException {
        NavigableMap<String, Realisation> outputs = new TreeMap<>();
        if (minor >= ServeProtocol.OUTPUTS_BY_NAME) {
            in.list(each -> {
                String name = each.text();
                outputs.put(name, readUnkeyed(each, new DrvOutput.ByPath(drvPath, name)));
                return name;
            });
        } else if (minor >= ServeProtocol.BUILT_OUTPUTS) {
            for (Map.Entry<String, String> each :
                    in.map(WireInput::text, WireInput::text).entrySet()) {
                // The key is the realisation's id, which its JSON has, too.
                Realisation realisation = Realisation.parse(each.getValue());
                outputs.put(realisation.id().outputName(), realisation);
            }
        }
        return outputs;
    }

    /** What is said of an output that stands elsewhere. */
    Realisation readUnkeyed(WireInput in, DrvOutput id) throws IOException {
        StorePath path = in.storePath(storeDir);
        return new Realisation(id, path, in.signatures(), Collections.emptyNavigableMap());
    }

    void writeUnkeyed(WireOutput out, Realisation realisation) throws IOException {
        out.storePath(storeDir, realisation.outPath());
        out.signatures(realisation.signatures());
    }

    /** An output by its derivation's path, from 2.8 on. */
    DrvOutput.ByPath readOutput(WireInput in) throws IOException {
        return new DrvOutput.ByPath(in.storePath(storeDir), in.text());
    }

    void writeOutput(WireOutput out, DrvOutput.ByPath output) throws IOException {
        out.storePath(storeDir, output.drvPath());
        out.text(output.outputName());
    }

    /** A realisation by path with its output, from 2.8 on. */
    Realisation readRealisation(WireInput in) throws IOException {
        return readUnkeyed(in, readOutput(in));
    }

    void writeRealisation(WireOutput out, Realisation realisation) throws IOException {
        if (!(realisation.id() instanceof DrvOutput.ByPath output)) {
            throw new FormatException("realisation " + realisation.id() + " is not by path");
        }
        writeOutput(out, output);
        writeUnkeyed(out, realisation);
    }

    @SuppressWarnings("EnumOrdinal") // the wire's numbers are the order
    static void writeStatus(WireOutput out, BuildResult.Status status) throws IOException {
        out.u64(status.ordinal());
    }

    void writeBuildResult(WireOutput out, BuildResult result) throws IOException {
        writeStatus(out, result.status());
        out.text(result.errorMsg());
        if (minor >= ServeProtocol.BUILD_TIMES) {
            out.u64(result.timesBuilt());
            out.bool(result.isNonDeterministic());
            out.u64(result.startTime());
            out.u64(result.stopTime());
        }
        if (minor >= ServeProtocol.OUTPUTS_BY_NAME) {
            out.map(result.builtOutputs(), WireOutput::text, (to, each) -> writeUnkeyed(to, each));
        } else if (minor >= ServeProtocol.BUILT_OUTPUTS) {
            out.map(byId(result), WireOutput::text, WireOutput::text);
        }
    }

    /** Realisations as older peers know them. */
    private static Map<String, String> byId(BuildResult result) {
        Map<String, String> outputs = new TreeMap<>();
        for (Map.Entry<String, Realisation> output : result.builtOutputs().entrySet()) {
            switch (output.getValue().id()) {
                case DrvOutput.ByHash id ->
                    outputs.put(id.print(), output.getValue().print());
                case DrvOutput.ByPath _ -> {
                    // Those peers take the output's name and path only: Nix sends no more either.
                    String id = "sha256:" + NO_HASH.toBase16() + "!" + output.getKey();
                    outputs.put(
                            id,
                            "{\"id\":\"" + id + "\",\"outPath\":\""
                                    + output.getValue().outPath().baseName() + "\"}");
                }
            }
        }
        return outputs;
    }
}
