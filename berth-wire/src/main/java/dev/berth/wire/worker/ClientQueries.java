package dev.berth.wire.worker;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.FormatException;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.FileSink;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarSink;
import dev.berth.wire.Missing;
import dev.berth.wire.RemoteException;
import dev.berth.wire.SubstitutablePathInfo;
import dev.berth.wire.WireInput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Asks a daemon about paths. */
final class ClientQueries {
    /** How many requests are under way at most: their bytes fit into any transport's own buffers. */
    private static final int WINDOW = 128;

    private static final int WINDOW_BYTES = 32 * 1024;

    private final ClientConnection connection;
    private final StoreDir storeDir;
    private final PathInfoCodec pathInfos;

    ClientQueries(ClientConnection connection) {
        this.connection = connection;
        this.storeDir = connection.storeDir();
        this.pathInfos = PathInfoCodec.of(connection.dialect());
    }

    boolean isValidPath(StorePath path) {
        return connection.ask(Operation.IS_VALID_PATH, path(path), WireInput::bool);
    }

    Optional<PathInfo> queryPathInfo(StorePath path) {
        return connection.ask(Operation.QUERY_PATH_INFO, path(path), in -> readInfo(in, path));
    }

    private Optional<PathInfo> readInfo(WireInput in, StorePath path) throws IOException {
        return in.bool() ? Optional.of(pathInfos.readUnkeyed(in, path)) : Optional.empty();
    }

    /** Writes requests ahead of the answers, so that a round trip is paid once in a while only. */
    Map<StorePath, PathInfo> queryPathInfos(Collection<StorePath> paths) {
        Map<StorePath, PathInfo> infos = new HashMap<>();
        Iterator<StorePath> wanted = paths.iterator();
        Deque<StorePath> asked = new ArrayDeque<>();
        Optional<RemoteException> failed = connection.whole(() -> {
            Optional<RemoteException> first = Optional.empty();
            int longest = storeDir.path().length() + 256;
            int window = Math.max(1, Math.min(WINDOW, WINDOW_BYTES / longest));
            while (wanted.hasNext() || !asked.isEmpty()) {
                while (wanted.hasNext() && asked.size() < window) {
                    StorePath next = wanted.next();
                    connection.send(Operation.QUERY_PATH_INFO, path(next));
                    asked.addLast(next);
                }
                int keep = wanted.hasNext() ? window / 2 : 0;
                while (asked.size() > keep) {
                    StorePath path = asked.removeFirst();
                    try {
                        connection.await(connection.timeouts().waitForAnswer());
                    } catch (DaemonErrorException e) {
                        // The answers to the others must be read all the same.
                        first = first.or(() -> Optional.of(e.error()));
                        continue;
                    }
                    connection.read(in -> readInfo(in, path)).ifPresent(info -> infos.put(path, info));
                }
            }
            return first;
        });
        failed.ifPresent(error -> {
            throw error;
        });
        return infos;
    }

    Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean substitute) {
        ClientConnection.Request request = out -> {
            out.storePaths(storeDir, paths);
            if (connection.dialect().atLeast(27)) {
                out.bool(substitute);
            }
        };
        return substitute
                ? connection.work(Operation.QUERY_VALID_PATHS, request, this::readPaths)
                : connection.ask(Operation.QUERY_VALID_PATHS, request, this::readPaths);
    }

    Set<StorePath> queryAllValidPaths() {
        return connection.ask(Operation.QUERY_ALL_VALID_PATHS, out -> {}, this::readPaths);
    }

    Optional<StorePath> queryPathFromHashPart(String hashPart) {
        return connection.ask(
                Operation.QUERY_PATH_FROM_HASH_PART, out -> out.text(hashPart), in -> in.optionalStorePath(storeDir));
    }

    Set<StorePath> queryReferrers(StorePath path) {
        return connection.ask(Operation.QUERY_REFERRERS, path(path), this::readPaths);
    }

    Set<StorePath> queryValidDerivers(StorePath path) {
        return connection.ask(Operation.QUERY_VALID_DERIVERS, path(path), this::readPaths);
    }

    /** Older daemons are asked for the derivation itself: what it does not say, they do not know. */
    Map<String, Optional<StorePath>> queryDerivationOutputMap(StorePath drvPath) {
        if (connection.dialect().atLeast(22)) {
            return connection.ask(
                    Operation.QUERY_DERIVATION_OUTPUT_MAP,
                    path(drvPath),
                    in -> in.map(ClientQueries::outputName, each -> each.optionalStorePath(storeDir)));
        }
        Derivation derivation = readDerivation(drvPath);
        Map<String, Optional<StorePath>> outputs = new TreeMap<>();
        derivation
                .outputs()
                .forEach((name, output) -> outputs.put(name, output.path(storeDir, derivation.name(), name)));
        return outputs;
    }

    private static String outputName(WireInput in) throws IOException {
        String name = in.text();
        OutputsSpec.checkOutputName(name);
        return name;
    }

    private Derivation readDerivation(StorePath drvPath) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            narFromPath(drvPath, new FileSink(file, Derivation.MAX_SIZE, "it is no regular file"));
            return Derivation.parse(storeDir, Derivation.nameOf(drvPath), file.toByteArray());
        } catch (IOException | FormatException e) {
            throw new RemoteException(
                    "can't read derivation '" + storeDir.print(drvPath) + "': " + e.getMessage(), 0, List.of(), false);
        }
    }

    Set<StorePath> querySubstitutablePaths(Collection<StorePath> paths) {
        return connection.work(
                Operation.QUERY_SUBSTITUTABLE_PATHS, out -> out.storePaths(storeDir, paths), this::readPaths);
    }

    Map<StorePath, SubstitutablePathInfo> querySubstitutablePathInfos(Map<StorePath, Optional<ContentAddress>> paths) {
        return connection.work(
                Operation.QUERY_SUBSTITUTABLE_PATH_INFOS,
                out -> RequestCodec.writeWanted(out, connection.dialect(), paths),
                in -> in.map(each -> each.storePath(storeDir), each -> RequestCodec.readSubstitutable(each, storeDir)));
    }

    Missing queryMissing(List<DerivedPath> targets) {
        ClientConnection.sayable(() -> targets.forEach(target -> DerivedPathCodec.print(connection.dialect(), target)));
        return connection.work(
                Operation.QUERY_MISSING,
                out -> DerivedPathCodec.writeAll(out, connection.dialect(), targets),
                in -> RequestCodec.readMissing(in, storeDir));
    }

    /** Nothing is known where the protocol can't say the id: before 1.27, and of the other generation. */
    Optional<Realisation> queryRealisation(DrvOutput output) {
        boolean byPath = output instanceof DrvOutput.ByPath;
        if (!connection.dialect().atLeast(27) || byPath != connection.dialect().realisationWithPath()) {
            return Optional.empty();
        }
        return connection.ask(
                Operation.QUERY_REALISATION,
                out -> RealisationCodec.writeOutput(out, connection.dialect(), output),
                in -> RealisationCodec.readAnswer(in, connection.dialect(), output));
    }

    /** The NAR comes as it is; it must be read to its end, so that a sink that fails costs the connection. */
    void narFromPath(StorePath path, NarSink sink) throws IOException {
        connection.whole(() -> {
            connection.send(Operation.NAR_FROM_PATH, path(path));
            connection.await(connection.timeouts().waitForWork());
            return path;
        });
        connection.orClose(() -> {
            NarReader.embedded(connection.read(WireInput::stream)).sendTo(sink);
            return path;
        });
    }

    private ClientConnection.Request path(StorePath path) {
        return out -> out.storePath(storeDir, path);
    }

    private Set<StorePath> readPaths(WireInput in) throws IOException {
        return in.storePaths(storeDir);
    }
}
