package dev.berth.wire.worker;

import dev.berth.nix.DerivedPath;
import dev.berth.nix.FormatException;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.util.List;

/**
 * What can be asked to be built or fetched. Before 1.30 a derivation stood for all its outputs and could not be asked for
 * itself (libstore/path-with-outputs.cc).
 */
final class DerivedPathCodec {
    private DerivedPathCodec() {}

    static DerivedPath read(WireInput in, Dialect dialect) throws IOException {
        String text = in.text();
        StoreDir storeDir = dialect.storeDir();
        if (dialect.atLeast(30)) {
            return DerivedPath.parseLegacy(storeDir, text);
        }
        int mark = text.indexOf('!');
        StorePath path = storeDir.parse(mark < 0 ? text : text.substring(0, mark));
        String outputs = mark < 0 ? "" : text.substring(mark + 1);
        if (!outputs.isEmpty()) {
            return new DerivedPath.Built(SingleDerivedPath.of(path), OutputsSpec.parse(outputs));
        }
        return path.isDerivation()
                ? new DerivedPath.Built(SingleDerivedPath.of(path), new OutputsSpec.All())
                : new DerivedPath.Opaque(path);
    }

    static void write(WireOutput out, Dialect dialect, DerivedPath path) throws IOException {
        out.text(print(dialect, path));
    }

    static List<DerivedPath> readAll(WireInput in, Dialect dialect) throws IOException {
        return in.list(each -> read(each, dialect));
    }

    static void writeAll(WireOutput out, Dialect dialect, List<DerivedPath> paths) throws IOException {
        out.list(paths, (to, path) -> write(to, dialect, path));
    }

    /** The text. @throws FormatException if the protocol is too old to say it */
    static String print(Dialect dialect, DerivedPath path) {
        StoreDir storeDir = dialect.storeDir();
        if (dialect.atLeast(30)) {
            return path.printLegacy(storeDir);
        }
        return switch (path) {
            case DerivedPath.Opaque(StorePath opaque) -> {
                if (opaque.isDerivation()) {
                    throw new FormatException("can't ask for the derivation '" + storeDir.print(opaque)
                            + "' itself: the other side's protocol " + dialect + " is older than 1.30");
                }
                yield storeDir.print(opaque);
            }
            case DerivedPath.Built(SingleDerivedPath.Opaque(StorePath drv), OutputsSpec.All _) -> storeDir.print(drv);
            case DerivedPath.Built(SingleDerivedPath.Opaque(StorePath drv), OutputsSpec outputs) ->
                storeDir.print(drv) + "!" + outputs.print();
            case DerivedPath.Built(SingleDerivedPath.Built _, OutputsSpec _) ->
                throw new FormatException("can't ask for '" + path.print(storeDir) + "': the other side's protocol "
                        + dialect + " is older than 1.30");
        };
    }
}
