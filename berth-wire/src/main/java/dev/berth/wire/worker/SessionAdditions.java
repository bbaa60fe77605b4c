package dev.berth.wire.worker;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.FormatException;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Signature;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarReader;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.WireInput;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.NavigableSet;
import java.util.Set;

/** Takes what a client adds. */
final class SessionAdditions {
    private final ServerConnection connection;
    private final StoreOperations ops;
    private final WireInput in;
    private final PathInfoCodec pathInfos;

    SessionAdditions(ServerConnection connection) {
        this.connection = connection;
        this.ops = connection.ops();
        this.in = connection.in();
        this.pathInfos = PathInfoCodec.of(connection.dialect());
    }

    void addToStore() throws IOException {
        if (!connection.dialect().atLeast(25)) {
            addOldDump();
            return;
        }
        String name = in.text();
        String addressing = in.text();
        Set<StorePath> references = in.storePaths(connection.storeDir());
        boolean repair = in.bool();
        connection.workFramed(
                upload -> {
                    var how = RequestCodec.Addressing.parse(addressing);
                    return ops.addToStore(name, how.method(), how.algorithm(), references, repair, upload);
                },
                info -> pathInfos.write(connection.out(), info));
    }

    /** Before 1.25 the dump is a NAR without frames, also of what is hashed as a file. */
    private void addOldDump() throws IOException {
        String name = in.text();
        boolean fixed = in.bool();
        boolean recursive = in.number("file ingestion method", 1) == 1;
        String algorithmText = in.text();
        HashAlgorithm algorithm = fixed ? HashAlgorithm.parse(algorithmText) : HashAlgorithm.SHA256;
        ContentAddressMethod method = recursive || !fixed ? ContentAddressMethod.NAR : ContentAddressMethod.FLAT;
        connection.log().startWork();
        PathInfo info =
                new OldDump(in, method).feed(dump -> ops.addToStore(name, method, algorithm, Set.of(), false, dump));
        connection.log().stopWork();
        connection.out().storePath(connection.storeDir(), info.path());
    }

    void addTextToStore() throws IOException {
        String name = in.text();
        byte[] text = in.bytes();
        Set<StorePath> references = in.storePaths(connection.storeDir());
        connection.work(
                () -> ops.addToStore(
                        name,
                        ContentAddressMethod.TEXT,
                        HashAlgorithm.SHA256,
                        references,
                        false,
                        new ByteArrayInputStream(text)),
                info -> connection.out().storePath(connection.storeDir(), info.path()));
    }

    void addToStoreNar() throws IOException {
        PathInfo sent = PathInfoCodec.inStream(connection.storeDir()).read(in);
        boolean repair = in.bool();
        boolean dontCheckSigs = in.bool() && connection.trusted();
        PathInfo info = connection.trusted() ? sent : sent.withUltimate(false);
        if (connection.dialect().atLeast(23)) {
            connection.workFramed(
                    upload -> {
                        ops.addToStoreNar(info, repair, dontCheckSigs, NarReader.whole(upload));
                        return info;
                    },
                    done -> {});
        } else {
            connection.work(
                    () -> {
                        TunnelInput upload = new TunnelInput(in, connection.log());
                        ops.addToStoreNar(info, repair, dontCheckSigs, NarReader.embedded(upload));
                        return info;
                    },
                    done -> {});
        }
    }

    void addMultipleToStore() throws IOException {
        boolean repair = in.bool();
        boolean dontCheckSigs = in.bool() && connection.trusted();
        connection.workFramed(
                upload -> {
                    WireInput paths = new WireInput(upload, connection.maxMessage());
                    ops.addMultipleToStore(new UploadedPaths(paths, connection.storeDir()), repair, dontCheckSigs);
                    return repair;
                },
                done -> {});
    }

    void addSignatures() throws IOException {
        StorePath path = in.storePath(connection.storeDir());
        NavigableSet<Signature> signatures = in.signatures();
        connection.workThenOne(() -> ops.addSignatures(path, signatures));
    }

    /** The path of the derivation goes without its store dir here. */
    void addBuildLog() throws IOException {
        StorePath drvPath = new StorePath(in.text());
        connection.workFramed(
                upload -> {
                    if (!connection.trusted()) {
                        throw new FormatException("you are not privileged to add logs");
                    }
                    ops.addBuildLog(drvPath, upload);
                    return 1L;
                },
                connection.out()::u64);
    }
}
