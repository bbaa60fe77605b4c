package dev.berth.wire.worker;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.GcRequest;
import dev.berth.wire.RemoteException;
import dev.berth.wire.WireInput;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Roots, garbage, settings and checks of a daemon's store. */
final class ClientMaintenance {
    private final ClientConnection connection;
    private final StoreDir storeDir;

    ClientMaintenance(ClientConnection connection) {
        this.connection = connection;
        this.storeDir = connection.storeDir();
    }

    void ensurePath(StorePath path) {
        connection.workForOne(Operation.ENSURE_PATH, out -> out.storePath(storeDir, path));
    }

    void addTempRoot(StorePath path) {
        connection.workForOne(Operation.ADD_TEMP_ROOT, out -> out.storePath(storeDir, path));
    }

    void addIndirectRoot(String link) {
        connection.workForOne(Operation.ADD_INDIRECT_ROOT, out -> out.text(link));
    }

    String addPermRoot(StorePath path, String link) {
        if (!connection.dialect().atLeast(36)) {
            throw new RemoteException(
                    "can't add a root: the daemon speaks protocol " + connection.dialect() + ", not 1.36",
                    0,
                    List.of(),
                    false);
        }
        return connection.work(
                Operation.ADD_PERM_ROOT,
                out -> {
                    out.storePath(storeDir, path);
                    out.text(link);
                },
                WireInput::text);
    }

    Map<StorePath, Set<String>> findRoots() {
        return connection.work(Operation.FIND_ROOTS, out -> {}, in -> RequestCodec.readRoots(in, storeDir));
    }

    void setOptions(ClientSettings settings) {
        connection.ask(Operation.SET_OPTIONS, out -> RequestCodec.writeSettings(out, settings), in -> settings);
    }

    GcRequest.Outcome collectGarbage(GcRequest request) {
        return connection.work(
                Operation.COLLECT_GARBAGE,
                out -> RequestCodec.writeGc(out, storeDir, request),
                RequestCodec::readOutcome);
    }

    void optimiseStore() {
        connection.workForOne(Operation.OPTIMISE_STORE, out -> {});
    }

    boolean verifyStore(boolean checkContents, boolean repair) {
        return connection.work(
                Operation.VERIFY_STORE,
                out -> {
                    out.bool(checkContents);
                    out.bool(repair);
                },
                WireInput::bool);
    }
}
