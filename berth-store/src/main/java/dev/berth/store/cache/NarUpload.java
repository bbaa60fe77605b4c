package dev.berth.store.cache;

import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.HashFormat;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.function.UnaryOperator;

/** Writes the NAR of one path: compresses it, checks it against the path info, and names the file by its hash. */
final class NarUpload {
    /** What begins the file that the NAR goes to. */
    interface Drafts {
        Transport.Draft draft() throws IOException;
    }

    private final Drafts drafts;
    private final Encoder encoder;
    private final ExecutorService pool;

    NarUpload(Drafts drafts, Encoder encoder, ExecutorService pool) {
        this.drafts = drafts;
        this.encoder = encoder;
        this.pool = pool;
    }

    /** Hashes and counts on the way down. */
    private static final class Hashed extends OutputStream {
        private final OutputStream out;
        private final boolean closing;
        private final MessageDigest digest = HashAlgorithm.SHA256.newDigest();
        private long count;

        Hashed(OutputStream out, boolean closing) {
            this.out = out;
            this.closing = closing;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            digest.update(bytes, offset, length);
            count += length;
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            if (closing) {
                out.close();
            }
        }

        Hash hash() {
            return Hash.of(HashAlgorithm.SHA256, digest);
        }
    }

    /**
     * @param watching sees the tree, too
     * @return the narinfo, whose NAR is in the cache
     * @throws MismatchException if the tree is not what the info says; nothing is left in the cache
     */
    NarInfo run(PathInfo info, NarSource nar, UnaryOperator<NarSink> watching) throws IOException {
        Compression compression = encoder.compression();
        try (Transport.Draft draft = drafts.draft()) {
            Hashed file = new Hashed(draft.out(), false);
            // What is not compressed is the NAR itself: hashed once.
            Hashed plain = compression == Compression.NONE
                    ? file
                    : new Hashed(encoder.encode(file, info.narSize(), pool), true);
            try (plain) {
                NarWriter writer = new NarWriter(plain);
                nar.sendTo(watching.apply(writer));
                if (!writer.isComplete()) {
                    throw new MismatchException("its tree is incomplete");
                }
            }
            Hash narHash = plain.hash();
            if (!narHash.equals(info.narHash()) || plain.count != info.narSize()) {
                throw new MismatchException("its NAR has hash " + narHash + " and " + plain.count
                        + " bytes, announced were " + info.narHash() + " and " + info.narSize());
            }
            Hash fileHash = file == plain ? narHash : file.hash();
            String name = "nar/" + fileHash.format(HashFormat.NIX32, false) + ".nar" + compression.extension();
            draft.publish(name);
            return new NarInfo(info, name, compression.text(), Optional.of(fileHash), OptionalLong.of(file.count));
        }
    }

    /** A tree that is not what was announced. */
    static final class MismatchException extends IOException {
        MismatchException(String message) {
            super(message);
        }
    }
}
