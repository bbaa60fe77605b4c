package dev.berth.gateway;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.StorePaths;
import dev.berth.nix.nar.GitHasher;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.TeeSink;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.Optional;

/** A dump in a temporary file, for stores that must know the path of a content before they take it. One thread. */
final class SpooledDump implements AutoCloseable {
    private final Path file;
    private final ContentAddressMethod method;
    private final ContentAddress address;
    private final Hash narHash;
    private final long narSize;

    private SpooledDump(Path file, InputStream dump, ContentAddressMethod method, HashAlgorithm algorithm)
            throws IOException {
        this.file = file;
        this.method = method;
        MessageDigest digest = algorithm.newDigest();
        try (OutputStream out = Files.newOutputStream(file)) {
            new DigestInputStream(dump, digest).transferTo(out);
        }
        NarHasher nar = new NarHasher();
        Hash hash;
        if (method == ContentAddressMethod.GIT) {
            GitHasher git = new GitHasher(algorithm);
            content().sendTo(new TeeSink(nar, git));
            hash = git.hash();
        } else {
            content().sendTo(nar);
            hash = Hash.of(algorithm, digest);
        }
        this.narHash = nar.hash();
        this.narSize = nar.size();
        this.address = new ContentAddress(method, hash);
    }

    /**
     * @param dump read to its end: a NAR for trees, else the bytes of a file
     */
    static SpooledDump of(InputStream dump, ContentAddressMethod method, HashAlgorithm algorithm) throws IOException {
        Path file = Files.createTempFile("berth-dump", "");
        boolean done = false;
        try {
            SpooledDump spooled = new SpooledDump(file, dump, method, algorithm);
            done = true;
            return spooled;
        } finally {
            if (!done) {
                Files.delete(file);
            }
        }
    }

    /** What it holds; may be told again. */
    NarSource content() {
        return switch (method) {
            case NAR, GIT ->
                sink -> {
                    try (InputStream in = Files.newInputStream(file)) {
                        NarReader.whole(in).sendTo(sink);
                    }
                };
            case FLAT, TEXT ->
                sink -> {
                    byte[] buffer = new byte[1 << 16];
                    sink.startFile(false, Files.size(file));
                    try (InputStream in = Files.newInputStream(file)) {
                        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                            sink.contents(buffer, 0, n);
                        }
                    }
                    sink.endFile();
                };
        };
    }

    /** What is to be known of it under a name. */
    PathInfo info(StoreDir storeDir, String name, Collection<StorePath> references) {
        StorePath path = StorePaths.ofContentAddress(storeDir, name, address, references, false);
        return PathInfo.of(path, narHash, narSize, references).withCa(Optional.of(address));
    }

    @Override
    public void close() throws IOException {
        Files.delete(file);
    }
}
