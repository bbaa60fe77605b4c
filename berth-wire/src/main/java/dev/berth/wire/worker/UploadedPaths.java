package dev.berth.wire.worker;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.wire.PathStream;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import java.io.IOException;
import java.io.OutputStream;

/** Paths as they come in AddMultipleToStore: a count, and each path's info with its NAR behind it. */
final class UploadedPaths implements PathStream {
    private final WireInput in;
    private final PathInfoCodec infos;
    private final long count;

    UploadedPaths(WireInput in, StoreDir storeDir) throws IOException {
        this.in = in;
        this.infos = PathInfoCodec.inStream(storeDir);
        this.count = in.number("the number of paths", Long.MAX_VALUE);
    }

    @Override
    public long count() {
        return count;
    }

    @Override
    public void sendTo(Receiver receiver) throws IOException {
        for (long i = 0; i < count; i++) {
            in.startMessage();
            PathInfo info = infos.read(in).withUltimate(false);
            Once nar = new Once(NarReader.embedded(in.stream()));
            receiver.path(info, nar);
            if (!nar.told) {
                nar.sendTo(new NarWriter(OutputStream.nullOutputStream()));
            }
        }
        if (!in.atEnd()) {
            throw new WireException("more bytes follow after the last path");
        }
    }

    private static final class Once implements NarSource {
        private final NarSource nar;
        private boolean told;

        Once(NarSource nar) {
            this.nar = nar;
        }

        @Override
        public void sendTo(NarSink sink) throws IOException {
            told = true;
            nar.sendTo(sink);
        }
    }
}
