package dev.berth.wire.serve;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.FormatException;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarWriter;
import dev.berth.wire.BasicDerivationCodec;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.RemoteException;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Does the commands of one client of the serve protocol, one after the other. */
final class ServeCommands {
    private static final int BATCH = 500;

    private final StoreOperations store;
    private final ServeCodec codec;
    private final StoreDir storeDir;
    private final boolean trusted;
    private final boolean write;
    private final WireInput in;
    private final WireOutput out;

    ServeCommands(
            StoreOperations store, ServeCodec codec, boolean trusted, boolean write, WireInput in, WireOutput out) {
        this.store = store;
        this.codec = codec;
        this.storeDir = codec.storeDir();
        this.trusted = trusted;
        this.write = write;
        this.in = in;
        this.out = out;
    }

    /** Reads a command, does it and writes its answer, which the caller flushes. */
    void run() throws IOException {
        long number = in.u64();
        ServeProtocol.Command[] commands = ServeProtocol.Command.values();
        if (number < 1 || number > commands.length) {
            throw new WireException("unknown serve command " + Long.toUnsignedString(number));
        }
        switch (commands[(int) number - 1]) {
            case QUERY_VALID_PATHS -> queryValidPaths();
            case QUERY_PATH_INFOS -> queryPathInfos();
            case DUMP_STORE_PATH -> dumpStorePath();
            case IMPORT_PATHS -> importPaths();
            case EXPORT_PATHS -> exportPaths();
            case BUILD_PATHS -> buildPaths();
            case QUERY_CLOSURE -> queryClosure();
            case BUILD_DERIVATION -> buildDerivation();
            case ADD_TO_STORE_NAR -> addToStoreNar();
        }
    }

    private void mayWrite(String what) {
        if (!write) {
            throw new FormatException(what + " is not allowed: the command was started without --write");
        }
    }

    private void queryValidPaths() throws IOException {
        boolean lock = in.bool();
        boolean substitute = in.bool();
        Set<StorePath> paths = in.storePaths(storeDir);
        if (lock && write) {
            paths.forEach(store::addTempRoot);
        }
        out.storePaths(storeDir, new TreeSet<>(store.queryValidPaths(paths, substitute && write)));
    }

    private void queryPathInfos() throws IOException {
        List<StorePath> paths = List.copyOf(in.storePaths(storeDir));
        for (int start = 0; start < paths.size(); start += BATCH) {
            List<StorePath> batch = paths.subList(start, Math.min(paths.size(), start + BATCH));
            Map<StorePath, PathInfo> infos = store.queryPathInfos(batch);
            for (StorePath path : batch) {
                PathInfo info = infos.get(path);
                if (info != null) {
                    out.storePath(storeDir, path);
                    codec.writePathInfo(out, info);
                }
            }
        }
        out.text("");
    }

    private void dumpStorePath() throws IOException {
        store.narFromPath(in.storePath(storeDir), new NarWriter(out.stream()));
    }

    private void importPaths() throws IOException {
        mayWrite("importing paths");
        ExportStream.read(in, storeDir, (info, nar) -> store.addToStoreNar(info, false, trusted, nar));
        out.u64(1);
    }

    private void exportPaths() throws IOException {
        in.u64(); // whether to sign, once
        ExportStream.write(out, storeDir, store, in.storePaths(storeDir));
    }

    private void buildPaths() throws IOException {
        mayWrite("building paths");
        List<DerivedPath> targets = new ArrayList<>();
        for (String text : in.list(WireInput::text)) {
            targets.add(target(text));
        }
        store.setOptions(buildOptions().settings());
        try {
            store.buildPaths(targets, BuildMode.NORMAL);
        } catch (UncheckedIOException e) {
            throw e;
        } catch (RuntimeException e) {
            if (e instanceof RemoteException remote && remote.connectionLost()) {
                throw e;
            }
            ServeCodec.writeStatus(out, BuildResult.Status.MISC_FAILURE);
            out.text(e.getMessage() == null ? e.toString() : e.getMessage());
            return;
        }
        out.u64(0);
    }

    /** {@code PATH} or {@code PATH!OUTPUT,OUTPUT}; a derivation alone means all its outputs. */
    private DerivedPath target(String text) {
        DerivedPath target = DerivedPath.parseLegacy(storeDir, text);
        return target instanceof DerivedPath.Opaque(StorePath path) && path.isDerivation()
                ? new DerivedPath.Built(SingleDerivedPath.of(path), new OutputsSpec.All())
                : target;
    }

    private BuildOptions buildOptions() throws IOException {
        BuildOptions options = BuildOptions.read(in, codec.minor());
        if (options.repeats() != 0) {
            throw new FormatException("client requested repeating builds, but this is not currently implemented");
        }
        return options;
    }

    private void buildDerivation() throws IOException {
        mayWrite("building paths");
        StorePath drvPath = in.storePath(storeDir);
        Derivation derivation = BasicDerivationCodec.read(in, storeDir, Derivation.nameOf(drvPath));
        store.setOptions(buildOptions().settings());
        codec.writeBuildResult(out, store.buildDerivation(drvPath, derivation, BuildMode.NORMAL));
    }

    private void queryClosure() throws IOException {
        boolean outputs = in.bool();
        out.storePaths(storeDir, new TreeSet<>(new Closure(store, storeDir, outputs).of(in.storePaths(storeDir))));
    }

    private void addToStoreNar() throws IOException {
        mayWrite("importing paths");
        StorePath path = in.storePath(storeDir);
        var deriver = in.optionalStorePath(storeDir);
        var hash = in.hash(HashAlgorithm.SHA256);
        Set<StorePath> references = in.storePaths(storeDir);
        var registered = in.time();
        long size = in.number("NAR size", Long.MAX_VALUE);
        in.bool(); // ultimate: what another store trusts itself for is nothing to this one
        var signatures = in.signatures();
        var ca = in.optionalContentAddress();
        if (size == 0) {
            throw new FormatException("narInfo is too old and missing the narSize field");
        }
        PathInfo info = PathInfo.of(path, hash, size, references)
                .withDeriver(deriver)
                .registeredAt(registered)
                .withSignatures(signatures)
                .withCa(ca);
        SizedInput bytes = new SizedInput(in.stream(), size);
        store.addToStoreNar(info, false, trusted, sink -> NarReader.whole(bytes).sendTo(sink));
        bytes.drain();
        out.u64(1);
    }
}
