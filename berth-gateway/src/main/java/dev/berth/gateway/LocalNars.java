package dev.berth.gateway;

import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarBytesSink;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.StoreException;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the NARs of a local store: from its files, or small ones that are asked for again from {@link KeptNars}. Any thread.
 */
final class LocalNars implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalNars.class);

    private final Optional<KeptNars> kept;

    /**
     * Of a store that can only be read nothing is kept: there is no place for it.
     *
     * @param bytes that are kept at most; 0 for none
     */
    LocalNars(LocalStoreConfig config, long bytes) {
        this.kept = config.readOnly() || bytes == 0
                ? Optional.empty()
                : Optional.of(KeptNars.holding(config.stateDir().resolve("berth"), bytes));
    }

    /** The bytes of a NAR, if they are kept. */
    Optional<KeptNar> find(Hash narHash, KeptNar.Form form) {
        return kept.flatMap(nars -> nars.find(narHash, form));
    }

    /** Keeps what was made of a NAR that is kept. */
    void keep(Hash narHash, KeptNar.Form form, byte[] bytes) {
        if (bytes.length <= KeptNars.LARGEST) {
            kept.ifPresent(nars -> nars.keep(narHash, form, () -> Optional.of(bytes)));
        }
    }

    /** As {@link LocalStore#nar}. */
    void tell(LocalStore store, StorePath path, NarSink sink) {
        if (kept.isPresent() && sink instanceof NarBytesSink bytes && bytes.takesBytes()) {
            Optional<PathInfo> info = store.pathInfo(path).filter(LocalNars::isSmall);
            if (info.isPresent()) {
                tell(kept.get(), store, info.get(), bytes);
                return;
            }
        }
        store.nar(path, sink);
    }

    private static boolean isSmall(PathInfo info) {
        return info.narSize() > 0 && info.narSize() <= KeptNars.LARGEST;
    }

    private static void tell(KeptNars kept, LocalStore store, PathInfo info, NarBytesSink sink) {
        Optional<KeptNar> found = kept.find(info.narHash(), KeptNar.Form.PLAIN);
        if (found.isPresent()) {
            try (KeptNar nar = found.get()) {
                nar.sendTo(sink);
            } catch (IOException e) {
                throw new StoreException(
                        StoreException.Kind.of(e), "telling the NAR of '" + info.path() + "': " + e.getMessage(), e);
            }
            return;
        }
        store.nar(info.path(), sink);
        // Behind the answer, which nobody is to wait for; of what is asked for once nothing is written.
        if (kept.isAskedAgain(info.narHash())) {
            kept.keep(info.narHash(), KeptNar.Form.PLAIN, () -> bytes(store, info));
        }
    }

    /** The bytes of a NAR; none if they are not what the store says, which is for whoever verifies it to find. */
    private static Optional<byte[]> bytes(LocalStore store, PathInfo info) {
        byte[] nar = new byte[(int) info.narSize()];
        try {
            store.nar(info.path(), new NarWriter(new Into(ByteBuffer.wrap(nar))));
        } catch (StoreException e) {
            LOG.debug("not kept: {}", e.getMessage());
            return Optional.empty();
        }
        return Optional.of(nar).filter(bytes -> Hash.sha256(bytes).equals(info.narHash()));
    }

    /** Writes to a buffer as much as it has room for. */
    private static final class Into extends OutputStream {
        private final ByteBuffer buffer;

        Into(ByteBuffer buffer) {
            this.buffer = buffer;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (length > buffer.remaining()) {
                throw new IOException("the NAR is larger than the store says");
            }
            buffer.put(bytes, offset, length);
        }
    }

    @Override
    public void close() {
        kept.ifPresent(KeptNars::close);
    }
}
