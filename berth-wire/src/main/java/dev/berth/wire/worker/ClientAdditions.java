package dev.berth.wire.worker;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.wire.PathStream;
import dev.berth.wire.RemoteException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Collection;
import java.util.List;

/** Adds to a daemon's store. */
final class ClientAdditions {
    private final ClientConnection connection;
    private final ClientQueries queries;
    private final Dialect dialect;
    private final StoreDir storeDir;

    ClientAdditions(ClientConnection connection, ClientQueries queries) {
        this.connection = connection;
        this.queries = queries;
        this.dialect = connection.dialect();
        this.storeDir = connection.storeDir();
    }

    PathInfo addToStore(
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references,
            boolean repair,
            InputStream dump)
            throws IOException {
        if (!dialect.atLeast(25)) {
            return addOldDump(name, method, algorithm, references, repair, dump);
        }
        PathInfoCodec infos = PathInfoCodec.of(dialect);
        return connection.upload(
                Operation.ADD_TO_STORE,
                out -> {
                    out.text(name);
                    out.text(new RequestCodec.Addressing(method, algorithm).print());
                    out.storePaths(storeDir, references);
                    out.bool(repair);
                },
                method == ContentAddressMethod.NAR || method == ContentAddressMethod.GIT,
                dump::transferTo,
                infos::read);
    }

    /** Before 1.25 texts go with their length in front, and all else as NARs, so that files must be counted first. */
    private PathInfo addOldDump(
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references,
            boolean repair,
            InputStream dump)
            throws IOException {
        if (repair) {
            throw tooOld("repair what is added", 25);
        }
        boolean text = method == ContentAddressMethod.TEXT;
        if (text && algorithm != HashAlgorithm.SHA256) {
            throw tooOld("hash texts by " + algorithm.text(), 25);
        }
        if (!text && !references.isEmpty()) {
            throw tooOld("add content with references", 25);
        }
        StorePath path = switch (method) {
            case TEXT -> addText(name, references, dump);
            case FLAT -> {
                try (Spool spool = new Spool(dump)) {
                    yield addNar(name, method, algorithm, spool);
                }
            }
            case NAR -> addNar(name, method, algorithm, NarReader.whole(dump));
            case GIT -> throw tooOld("add by Git's hashes", 25);
        };
        return queries.queryPathInfo(path)
                .orElseThrow(() -> new RemoteException(
                        "path '" + storeDir.print(path) + "' is not valid, though it was just added",
                        0,
                        List.of(),
                        false));
    }

    private StorePath addText(String name, Collection<StorePath> references, InputStream dump) throws IOException {
        try (Spool spool = new Spool(dump)) {
            return connection.work(
                    Operation.ADD_TEXT_TO_STORE,
                    out -> {
                        out.text(name);
                        out.u64(spool.size());
                        spool.copyTo(out.stream());
                        out.padding(spool.size());
                        out.storePaths(storeDir, references);
                    },
                    in -> in.storePath(storeDir));
        }
    }

    private StorePath addNar(String name, ContentAddressMethod method, HashAlgorithm algorithm, NarSource nar) {
        boolean recursive = method == ContentAddressMethod.NAR;
        return connection.work(
                Operation.ADD_TO_STORE,
                out -> {
                    out.text(name);
                    // Oldest daemons took what is not fixed for a NAR by sha256.
                    out.bool(!recursive || algorithm != HashAlgorithm.SHA256);
                    out.bool(recursive);
                    out.text(algorithm.text());
                    nar.sendTo(new NarWriter(out.stream()));
                },
                in -> in.storePath(storeDir));
    }

    void addToStoreNar(PathInfo info, boolean repair, boolean dontCheckSigs, NarSource nar) throws IOException {
        ClientConnection.Request request = out -> {
            PathInfoCodec.inStream(storeDir).write(out, info);
            out.bool(repair);
            out.bool(dontCheckSigs);
        };
        if (dialect.atLeast(23)) {
            connection.upload(
                    Operation.ADD_TO_STORE_NAR, request, true, out -> nar.sendTo(new NarWriter(out)), in -> info);
        } else {
            TunnelOutput upload = new TunnelOutput(connection);
            connection.orClose(() -> {
                connection.send(Operation.ADD_TO_STORE_NAR, request);
                connection.out().flush();
                nar.sendTo(new NarWriter(upload));
                return info;
            });
            connection.whole(upload::finish);
        }
    }

    void addMultipleToStore(PathStream paths, boolean repair, boolean dontCheckSigs) throws IOException {
        if (!dialect.atLeast(32)) {
            paths.sendTo((info, nar) -> addToStoreNar(info.withUltimate(false), repair, dontCheckSigs, nar));
            return;
        }
        PathInfoCodec infos = PathInfoCodec.inStream(storeDir);
        connection.upload(
                Operation.ADD_MULTIPLE_TO_STORE,
                out -> {
                    out.bool(repair);
                    out.bool(dontCheckSigs);
                },
                true,
                out -> {
                    WireOutput stream = new WireOutput(out);
                    stream.u64(paths.count());
                    paths.sendTo((info, nar) -> {
                        infos.write(stream, info);
                        stream.flush();
                        // Frames are gathered anyway.
                        nar.sendTo(new NarWriter(out));
                    });
                    stream.flush();
                },
                in -> repair);
    }

    void addSignatures(StorePath path, Collection<Signature> signatures) {
        connection.workForOne(Operation.ADD_SIGNATURES, out -> {
            out.storePath(storeDir, path);
            out.signatures(signatures);
        });
    }

    void addBuildLog(StorePath drvPath, InputStream log) throws IOException {
        if (!dialect.atLeast(32)) {
            throw tooOld("add build logs", 32);
        }
        connection.upload(
                Operation.ADD_BUILD_LOG,
                out -> out.text(drvPath.baseName()),
                false,
                (OutputStream out) -> log.transferTo(out),
                WireInput::u64);
    }

    private RemoteException tooOld(String what, int minor) {
        return new RemoteException(
                "can't " + what + ": the daemon speaks protocol " + dialect + ", not 1." + minor, 0, List.of(), false);
    }
}
