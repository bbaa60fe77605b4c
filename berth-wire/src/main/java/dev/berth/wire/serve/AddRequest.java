package dev.berth.wire.serve;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.wire.WireException;
import dev.berth.wire.WireOutput;
import java.io.IOException;

/** A path on its way to a store: the command AddToStoreNar, or an import for a side that does not know it. */
final class AddRequest {
    private AddRequest() {}

    /** @throws WireException if the NAR has not the announced size: the other side is lost in the stream then */
    static void write(WireOutput out, ServeCodec codec, PathInfo info, NarSource nar) throws IOException {
        StoreDir storeDir = codec.storeDir();
        if (codec.minor() < ServeProtocol.ADD_TO_STORE_NAR) {
            out.u64(ServeProtocol.Command.IMPORT_PATHS.number());
            ExportStream.writeOne(out, storeDir, info, nar);
            return;
        }
        out.u64(ServeProtocol.Command.ADD_TO_STORE_NAR.number());
        out.storePath(storeDir, info.path());
        out.optionalStorePath(storeDir, info.deriver());
        out.text(info.narHash().toBase16());
        out.storePaths(storeDir, info.references());
        out.time(info.registrationTime());
        out.u64(info.narSize());
        out.bool(false);
        out.signatures(info.signatures());
        out.optionalContentAddress(info.ca());
        NarWriter writer = new NarWriter(out.stream());
        nar.sendTo(writer);
        if (writer.size() != info.narSize()) {
            throw new WireException("size mismatch: the NAR of '" + storeDir.print(info.path()) + "' has "
                    + writer.size() + " bytes, not " + info.narSize());
        }
    }
}
