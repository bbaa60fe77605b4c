package dev.berth.wire.worker;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Path infos, with their path or without (libstore/worker-protocol.cc, ValidPathInfo).
 *
 * @param storeDir of the paths
 * @param minor 15 for the shape without signatures, 16 for all later ones
 */
record PathInfoCodec(StoreDir storeDir, int minor) {
    /** The shape of the paths in AddMultipleToStore, whatever the connection speaks. */
    static PathInfoCodec inStream(StoreDir storeDir) {
        return new PathInfoCodec(storeDir, 16);
    }

    static PathInfoCodec of(Dialect dialect) {
        return new PathInfoCodec(dialect.storeDir(), dialect.minor());
    }

    PathInfo read(WireInput in) throws IOException {
        return readUnkeyed(in, in.storePath(storeDir));
    }

    PathInfo readUnkeyed(WireInput in, StorePath path) throws IOException {
        Optional<StorePath> deriver = in.optionalStorePath(storeDir);
        Hash narHash = in.hash(HashAlgorithm.SHA256);
        NavigableSet<StorePath> references = new TreeSet<>(in.storePaths(storeDir));
        Instant registrationTime = in.time();
        long narSize = in.number("NAR size", Long.MAX_VALUE);
        boolean ultimate = false;
        NavigableSet<Signature> signatures = Collections.emptyNavigableSet();
        Optional<ContentAddress> ca = Optional.empty();
        if (minor >= 16) {
            ultimate = in.bool();
            signatures = in.signatures();
            ca = in.optionalContentAddress();
        }
        return new PathInfo(path, narHash, narSize, references, deriver, registrationTime, ultimate, signatures, ca);
    }

    void write(WireOutput out, PathInfo info) throws IOException {
        out.storePath(storeDir, info.path());
        writeUnkeyed(out, info);
    }

    void writeUnkeyed(WireOutput out, PathInfo info) throws IOException {
        out.optionalStorePath(storeDir, info.deriver());
        out.text(info.narHash().toBase16());
        out.storePaths(storeDir, info.references());
        out.time(info.registrationTime());
        out.u64(info.narSize());
        if (minor >= 16) {
            out.bool(info.ultimate());
            out.signatures(info.signatures());
            out.optionalContentAddress(info.ca());
        }
    }
}
