package dev.berth.wire.worker;

import dev.berth.nix.FormatException;
import dev.berth.nix.StorePath;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.GcRequest;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Roots, garbage, settings and checks. */
final class SessionMaintenance {
    private static final String CENSORED = "{censored}";

    private final ServerConnection connection;
    private final StoreOperations ops;
    private final WireInput in;
    private final WireOutput out;

    SessionMaintenance(ServerConnection connection) {
        this.connection = connection;
        this.ops = connection.ops();
        this.in = connection.in();
        this.out = connection.out();
    }

    void ensurePath() throws IOException {
        StorePath path = in.storePath(connection.storeDir());
        connection.workLongThenOne(() -> ops.ensurePath(path));
    }

    void addTempRoot() throws IOException {
        StorePath path = in.storePath(connection.storeDir());
        connection.workThenOne(() -> ops.addTempRoot(path));
    }

    void addIndirectRoot() throws IOException {
        String link = in.text();
        connection.workThenOne(() -> ops.addIndirectRoot(link));
    }

    void addPermRoot() throws IOException {
        if (!connection.trusted()) {
            throw new FormatException("you are not privileged to create perm roots; a client can make them itself");
        }
        StorePath path = in.storePath(connection.storeDir());
        String link = in.text();
        connection.work(() -> ops.addPermRoot(path, link), out::text);
    }

    /** Obsolete: there is nothing to wait for. */
    void syncWithGc() throws IOException {
        connection.workThenOne(() -> {});
    }

    void findRoots() throws IOException {
        connection.work(
                () -> connection.trusted() ? ops.findRoots() : censored(ops.findRoots()),
                roots -> RequestCodec.writeRoots(out, connection.storeDir(), roots));
    }

    /** What runs on the machine is nobody's business; links on disk are told to everybody (libstore/gc.cc). */
    private static Map<StorePath, Set<String>> censored(Map<StorePath, Set<String>> roots) {
        Map<StorePath, Set<String>> told = new TreeMap<>();
        roots.forEach((path, links) -> {
            Set<String> names = new LinkedHashSet<>();
            links.forEach(link -> names.add(link.startsWith("/proc/") || link.startsWith("{") ? CENSORED : link));
            told.put(path, names);
        });
        return told;
    }

    void setOptions() throws IOException {
        ClientSettings settings = RequestCodec.readSettings(in);
        connection.work(
                () -> {
                    connection.log().verbosity(settings.verbosity());
                    ops.setOptions(settings);
                    return settings;
                },
                done -> {});
    }

    void collectGarbage() throws IOException {
        GcRequest request = RequestCodec.readGc(in, connection.storeDir());
        connection.workLong(
                () -> {
                    if (request.ignoreLiveness()) {
                        throw new FormatException("you are not allowed to ignore liveness");
                    }
                    return ops.collectGarbage(request);
                },
                outcome -> RequestCodec.writeOutcome(out, outcome));
    }

    void optimiseStore() throws IOException {
        connection.workLongThenOne(ops::optimiseStore);
    }

    void verifyStore() throws IOException {
        boolean checkContents = in.bool();
        boolean repair = in.bool();
        connection.workLong(
                () -> {
                    if (repair && !connection.trusted()) {
                        throw new FormatException("you are not privileged to repair paths");
                    }
                    return ops.verifyStore(checkContents, repair);
                },
                out::bool);
    }
}
