package dev.berth.store.cache;

import dev.berth.nix.FormatException;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.HashFormat;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSink;
import dev.berth.store.GuardedSink;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Files of NARs that others have compressed, and the narinfos that make paths of them. A file lies in the cache from the
 * moment at which it is put there, under the hash that it has, so that any process can make its path; no path has it until
 * it was read back and found to be what its narinfo says. Any thread.
 */
public final class CacheUploads {
    private static final int BUFFER = 64 << 10;

    private final CacheWriter writer;
    private final Transport transport;
    private final CacheCalls calls;

    CacheUploads(CacheWriter writer, Transport transport, CacheCalls calls) {
        this.writer = writer;
        this.transport = transport;
        this.calls = calls;
    }

    /**
     * Puts a file there, read to its end.
     *
     * @param name what its sender calls it, of which only the ending counts, such as {@code .nar.xz}
     * @param length as announced, -1 if it was not
     * @throws IOException if the file cannot be read, or has another length; nothing is there then
     */
    public void put(String name, InputStream file, long length) throws IOException {
        MessageDigest digest = HashAlgorithm.SHA256.newDigest();
        try (Transport.Draft draft = draft()) {
            long size = 0;
            byte[] buffer = new byte[BUFFER];
            for (int n = file.read(buffer); n >= 0; n = file.read(buffer)) {
                digest.update(buffer, 0, n);
                size += n;
                write(draft, buffer, n);
            }
            if (length >= 0 && size != length) {
                throw new IOException("the body has " + size + " bytes, announced were " + length);
            }
            String own = own(Hash.of(HashAlgorithm.SHA256, digest), name);
            calls.run("cannot add a NAR to", () -> {
                draft.publish(own);
                return own;
            });
        }
    }

    private Transport.Draft draft() {
        return calls.run("cannot add a NAR to", transport::draft);
    }

    // Told apart from a body that does not come.
    private void write(Transport.Draft draft, byte[] buffer, int count) {
        calls.run("cannot add a NAR to", () -> {
            draft.out().write(buffer, 0, count);
            return count;
        });
    }

    private static String own(Hash fileHash, String name) {
        String file = name.substring(name.lastIndexOf('/') + 1);
        int ending = file.indexOf(".nar");
        Optional<Compression> compression =
                ending < 0 ? Optional.empty() : Compression.ofExtension(file.substring(ending + ".nar".length()));
        return "nar/" + fileHash.format(HashFormat.NIX32, false) + ".nar"
                + compression.map(Compression::extension).orElse("");
    }

    /**
     * Makes a path of a file that was put there, after it was read back.
     *
     * @param uploaded the narinfo as its sender has it
     * @return false if the file is not there
     * @throws FormatException if the narinfo does not say which file it is
     * @throws StoreException of kind {@code CORRUPT} if the file is not what the narinfo says
     */
    public boolean adopt(NarInfo uploaded) {
        PathInfo info = uploaded.info();
        StorePath path = info.path();
        Compression compression = Compression.of(uploaded.compression())
                .orElseThrow(() -> new StoreException(
                        Kind.CORRUPT,
                        "the compression '" + uploaded.compression() + "' of " + path + " is not known; known are "
                                + Compression.names()));
        Hash fileHash = uploaded.fileHash()
                .or(() -> compression == Compression.NONE ? Optional.of(info.narHash()) : Optional.empty())
                .filter(hash -> hash.algorithm() == HashAlgorithm.SHA256)
                .orElseThrow(() -> new FormatException("the narinfo of " + path + " has no FileHash of SHA-256"));
        NarInfo own = new NarInfo(
                info,
                own(fileHash, uploaded.url()),
                uploaded.compression(),
                Optional.of(fileHash),
                uploaded.fileSize());
        return calls.run("cannot add " + path + " to", () -> {
            try (Download file = transport.download(own)) {
                if (file.body().isEmpty()) {
                    return false;
                }
                writer.publish(info, (signed, watching) -> {
                    check(own, compression, file, watching);
                    return own.withInfo(signed);
                });
                return true;
            }
        });
    }

    private static void check(NarInfo own, Compression compression, Download file, UnaryOperator<NarSink> watching)
            throws IOException {
        PathInfo info = own.info();
        NarHasher hasher = new NarHasher();
        try {
            new NarDownload(own, compression, DownloadProgress.NONE).run(file, new GuardedSink(watching.apply(hasher)));
        } catch (TransportException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(Kind.CORRUPT, "the NAR of " + info.path() + ": " + e.getMessage(), e);
        }
        if (!hasher.hash().equals(info.narHash())) {
            throw new StoreException(
                    Kind.CORRUPT,
                    "the NAR of " + info.path() + " has hash " + hasher.hash() + ", announced was " + info.narHash());
        }
    }
}
