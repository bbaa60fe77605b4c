package dev.berth.wire.worker;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivationType;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.FormatException;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.Realisation;
import dev.berth.nix.StorePath;
import dev.berth.wire.BasicDerivationCodec;
import dev.berth.wire.BuildMode;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;

/** Builds, and what came of them. */
final class SessionBuilds {
    private final ServerConnection connection;
    private final StoreOperations ops;
    private final WireInput in;
    private final WireOutput out;
    private final Dialect dialect;

    SessionBuilds(ServerConnection connection) {
        this.connection = connection;
        this.ops = connection.ops();
        this.in = connection.in();
        this.out = connection.out();
        this.dialect = connection.dialect();
    }

    void buildPaths() throws IOException {
        List<DerivedPath> targets = DerivedPathCodec.readAll(in, dialect);
        BuildMode mode = readAllowedMode();
        connection.workLongThenOne(() -> ops.buildPaths(targets, mode));
    }

    void buildPathsWithResults() throws IOException {
        List<DerivedPath> targets = DerivedPathCodec.readAll(in, dialect);
        BuildMode mode = readAllowedMode();
        connection.workLong(
                () -> ops.buildPathsWithResults(targets, mode),
                results -> out.list(results, (to, result) -> BuildResultCodec.writeKeyed(to, dialect, result)));
    }

    /** Repairing is not atomic, and so not for everybody. */
    private BuildMode readAllowedMode() throws IOException {
        BuildMode mode = BuildResultCodec.readMode(in);
        if (mode == BuildMode.REPAIR && !connection.trusted()) {
            throw new FormatException("repairing is not allowed because you are not in 'trusted-users'");
        }
        return mode;
    }

    void buildDerivation() throws IOException {
        StorePath drvPath = in.storePath(connection.storeDir());
        Derivation derivation = BasicDerivationCodec.read(in, connection.storeDir(), Derivation.nameOf(drvPath));
        BuildMode mode = BuildResultCodec.readMode(in);
        connection.workLong(
                () -> ops.buildDerivation(connection.trusted() ? drvPath : checkedPath(derivation), derivation, mode),
                result -> BuildResultCodec.write(out, dialect, result));
    }

    /**
     * The path under which the derivation of a client that is not trusted is built: its own. Its outputs are proven by
     * their content, or the client may not have it built.
     */
    private StorePath checkedPath(Derivation derivation) throws IOException {
        DerivationType type = derivation.type();
        if (type == DerivationType.INPUT_ADDRESSED || type == DerivationType.DEFERRED) {
            throw new FormatException("you are not privileged to build input-addressed derivations");
        }
        return ops.addToStore(
                        derivation.name() + ".drv",
                        ContentAddressMethod.TEXT,
                        HashAlgorithm.SHA256,
                        derivation.inputSources(),
                        false,
                        new ByteArrayInputStream(derivation.print(connection.storeDir())))
                .path();
    }

    void registerDrvOutput() throws IOException {
        Realisation realisation = RealisationCodec.read(in, dialect);
        connection.work(
                () -> {
                    ops.registerDrvOutput(realisation);
                    return realisation;
                },
                done -> {});
    }
}
