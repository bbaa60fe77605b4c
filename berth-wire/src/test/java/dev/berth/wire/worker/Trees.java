package dev.berth.wire.worker;

import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.wire.PathStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;

/** Trees, and what is made of them to be sent and compared. */
final class Trees {
    private Trees() {}

    /** The hash of its NAR. */
    static Hash narHash(NarSource source) throws IOException {
        NarHasher hasher = new NarHasher();
        source.sendTo(hasher);
        return hasher.hash();
    }

    /** Its NAR. */
    static byte[] nar(NarSource source) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        source.sendTo(new NarWriter(out));
        return out.toByteArray();
    }

    /** As many paths as trees, one with each. */
    static PathStream stream(List<PathInfo> infos, List<NarSource> trees) {
        return new PathStream() {
            @Override
            public long count() {
                return infos.size();
            }

            @Override
            public void sendTo(Receiver receiver) throws IOException {
                for (int i = 0; i < infos.size(); i++) {
                    receiver.path(infos.get(i), trees.get(i));
                }
            }
        };
    }
}
