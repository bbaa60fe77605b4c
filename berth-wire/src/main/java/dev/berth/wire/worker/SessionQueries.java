package dev.berth.wire.worker;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarWriter;
import dev.berth.nix.nar.StartSink;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.SubstitutablePathInfo;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Answers what a client asks about paths, obsolete questions included. */
final class SessionQueries {
    private final ServerConnection connection;
    private final StoreOperations ops;
    private final WireOutput out;
    private final PathInfoCodec pathInfos;

    SessionQueries(ServerConnection connection) {
        this.connection = connection;
        this.ops = connection.ops();
        this.out = connection.out();
        this.pathInfos = PathInfoCodec.of(connection.dialect());
    }

    void isValidPath() throws IOException {
        StorePath path = readPath();
        connection.work(() -> ops.isValidPath(path), out::bool);
    }

    void queryPathInfo() throws IOException {
        StorePath path = readPath();
        connection.work(() -> ops.queryPathInfo(path), info -> {
            out.bool(info.isPresent());
            if (info.isPresent()) {
                pathInfos.writeUnkeyed(out, info.get());
            }
        });
    }

    void queryPathHash() throws IOException {
        StorePath path = readPath();
        connection.work(() -> valid(path).narHash().toBase16(), out::text);
    }

    void queryReferences() throws IOException {
        StorePath path = readPath();
        connection.work(() -> valid(path).references(), this::writePaths);
    }

    void queryReferrers() throws IOException {
        StorePath path = readPath();
        connection.work(() -> ops.queryReferrers(path), this::writePaths);
    }

    void queryValidDerivers() throws IOException {
        StorePath path = readPath();
        connection.work(() -> ops.queryValidDerivers(path), this::writePaths);
    }

    void queryDeriver() throws IOException {
        StorePath path = readPath();
        connection.work(() -> valid(path).deriver(), deriver -> out.optionalStorePath(connection.storeDir(), deriver));
    }

    void queryDerivationOutputs() throws IOException {
        StorePath path = readPath();
        connection.work(
                () -> {
                    Set<StorePath> outputs = new TreeSet<>();
                    ops.queryDerivationOutputMap(path).values().forEach(output -> output.ifPresent(outputs::add));
                    return outputs;
                },
                this::writePaths);
    }

    void queryDerivationOutputNames() throws IOException {
        StorePath path = readPath();
        connection.work(() -> new TreeSet<>(ops.queryDerivationOutputMap(path).keySet()), out::texts);
    }

    void queryDerivationOutputMap() throws IOException {
        StorePath path = readPath();
        connection.work(
                () -> ops.queryDerivationOutputMap(path),
                outputs -> out.map(
                        outputs,
                        WireOutput::text,
                        (to, output) -> to.optionalStorePath(connection.storeDir(), output)));
    }

    void queryPathFromHashPart() throws IOException {
        String hashPart = connection.in().text();
        connection.work(
                () -> {
                    StorePath.checkHashPart(hashPart);
                    return ops.queryPathFromHashPart(hashPart);
                },
                path -> out.optionalStorePath(connection.storeDir(), path));
    }

    void queryValidPaths() throws IOException {
        Set<StorePath> paths = readPaths();
        boolean substitute = connection.dialect().atLeast(27) && connection.in().bool();
        if (substitute) {
            connection.workLong(() -> ops.queryValidPaths(paths, true), this::writePaths);
        } else {
            connection.work(() -> ops.queryValidPaths(paths, false), this::writePaths);
        }
    }

    void queryAllValidPaths() throws IOException {
        connection.work(ops::queryAllValidPaths, this::writePaths);
    }

    void hasSubstitutes() throws IOException {
        StorePath path = readPath();
        connection.work(() -> ops.querySubstitutablePaths(Set.of(path)).contains(path), out::bool);
    }

    void querySubstitutablePaths() throws IOException {
        Set<StorePath> paths = readPaths();
        connection.work(() -> ops.querySubstitutablePaths(paths), this::writePaths);
    }

    void querySubstitutablePathInfo() throws IOException {
        StorePath path = readPath();
        connection.work(() -> ops.querySubstitutablePathInfos(Map.of(path, Optional.empty())), infos -> {
            SubstitutablePathInfo info = infos.get(path);
            out.bool(info != null);
            if (info != null) {
                RequestCodec.writeSubstitutable(out, connection.storeDir(), info);
            }
        });
    }

    void querySubstitutablePathInfos() throws IOException {
        Map<StorePath, Optional<ContentAddress>> wanted =
                RequestCodec.readWanted(connection.in(), connection.dialect());
        connection.work(
                () -> ops.querySubstitutablePathInfos(wanted),
                infos -> out.map(
                        infos,
                        (to, path) -> to.storePath(connection.storeDir(), path),
                        (to, info) -> RequestCodec.writeSubstitutable(to, connection.storeDir(), info)));
    }

    void queryMissing() throws IOException {
        List<DerivedPath> targets = DerivedPathCodec.readAll(connection.in(), connection.dialect());
        connection.work(
                () -> ops.queryMissing(targets),
                missing -> RequestCodec.writeMissing(out, connection.storeDir(), missing));
    }

    void queryRealisation() throws IOException {
        DrvOutput output = RealisationCodec.readOutput(connection.in(), connection.dialect());
        connection.work(
                () -> ops.queryRealisation(output),
                realisation -> RealisationCodec.writeAnswer(out, connection.dialect(), realisation));
    }

    /** The NAR follows as it is. What fails before its first byte is an error like others; later it ends the session. */
    void narFromPath() throws IOException {
        StorePath path = readPath();
        connection.log().startWork();
        StartSink sink = new StartSink(new NarWriter(connection.out().stream()), connection.log()::stopWork);
        try {
            ops.narFromPath(path, sink);
        } catch (IOException | RuntimeException e) {
            if (sink.started()) {
                throw new BrokenAnswerException(e);
            }
            throw e;
        }
    }

    private StorePath readPath() throws IOException {
        return connection.in().storePath(connection.storeDir());
    }

    private Set<StorePath> readPaths() throws IOException {
        return connection.in().storePaths(connection.storeDir());
    }

    private void writePaths(Set<StorePath> paths) throws IOException {
        out.storePaths(connection.storeDir(), paths);
    }

    private PathInfo valid(StorePath path) {
        return ops.queryPathInfo(path)
                .orElseThrow(() -> new NoSuchElementException(
                        "path '" + connection.storeDir().print(path) + "' is not valid"));
    }
}
