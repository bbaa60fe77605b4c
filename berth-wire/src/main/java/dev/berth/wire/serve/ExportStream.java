package dev.berth.wire.serve;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.nix.nar.TeeSink;
import dev.berth.wire.PathStream;
import dev.berth.wire.RemoteException;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What {@code nix-store --export} writes (libstore/export-import.cc): each path's NAR and behind it what the path is. So
 * a NAR is kept in a file until that is known.
 */
final class ExportStream {
    private static final long MAGIC = 0x4558494eL;

    private ExportStream() {}

    /** Reads paths until the end of the export. */
    static void read(WireInput in, StoreDir storeDir, PathStream.Receiver receiver) throws IOException {
        for (long more = in.u64(); more != 0; more = in.u64()) {
            if (more != 1) {
                throw new WireException("this is no export of 'nix-store --export'");
            }
            Path file = Files.createTempFile("berth-import", ".nar");
            try {
                readOne(in, storeDir, receiver, file);
            } finally {
                Files.deleteIfExists(file);
            }
            in.startMessage();
        }
    }

    private static void readOne(WireInput in, StoreDir storeDir, PathStream.Receiver receiver, Path file)
            throws IOException {
        NarHasher hasher = new NarHasher();
        try (var stored = new BufferedOutputStream(Files.newOutputStream(file), 64 << 10)) {
            NarReader.embedded(in.stream()).sendTo(new TeeSink(new NarWriter(stored), hasher));
        }
        if (in.u64() != MAGIC) {
            throw new WireException("Nix archive cannot be imported; wrong format");
        }
        StorePath path = in.storePath(storeDir);
        Set<StorePath> references = in.storePaths(storeDir);
        var deriver = in.optionalStorePath(storeDir);
        if (in.u64() == 1) {
            in.text(); // a signature of Nix 1
        }
        PathInfo info =
                PathInfo.of(path, hasher.hash(), hasher.size(), references).withDeriver(deriver);
        try (InputStream stored = new BufferedInputStream(Files.newInputStream(file), 64 << 10)) {
            receiver.path(info, sink -> NarReader.whole(stored).sendTo(sink));
        }
    }

    /**
     * Writes paths, references before those that refer to them.
     *
     * @throws RemoteException if one is not valid, or is damaged
     */
    static void write(WireOutput out, StoreDir storeDir, StoreOperations store, Collection<StorePath> paths)
            throws IOException {
        for (PathInfo info : sorted(storeDir, store.queryPathInfos(paths), paths)) {
            out.u64(1);
            NarHasher hasher = new NarHasher();
            store.narFromPath(info.path(), new TeeSink(new NarWriter(out.stream()), hasher));
            if (!hasher.hash().equals(info.narHash())) {
                throw failure("hash of path '" + storeDir.print(info.path()) + "' has changed from '" + info.narHash()
                        + "' to '" + hasher.hash() + "'!");
            }
            out.u64(MAGIC);
            out.storePath(storeDir, info.path());
            out.storePaths(storeDir, info.references());
            out.optionalStorePath(storeDir, info.deriver());
            out.u64(0);
        }
        out.u64(0);
    }

    private static List<PathInfo> sorted(
            StoreDir storeDir, Map<StorePath, PathInfo> infos, Collection<StorePath> paths) {
        List<PathInfo> sorted = new ArrayList<>();
        Set<StorePath> done = new HashSet<>();
        // Depth first without recursion: a chain of references may be long.
        for (StorePath root : new TreeSet<>(paths)) {
            List<StorePath> stack = new ArrayList<>(List.of(root));
            Set<StorePath> open = new HashSet<>();
            while (!stack.isEmpty()) {
                StorePath path = stack.getLast();
                PathInfo info = infos.get(path);
                if (info == null) {
                    throw failure("path '" + storeDir.print(path) + "' is not valid");
                }
                if (!done.contains(path) && open.add(path)) {
                    info.references().stream()
                            .filter(reference -> infos.containsKey(reference) && !done.contains(reference))
                            .filter(reference -> !open.contains(reference))
                            .forEach(stack::add);
                } else {
                    stack.removeLast();
                    if (done.add(path)) {
                        sorted.add(info);
                    }
                }
            }
        }
        return sorted;
    }

    private static RemoteException failure(String message) {
        return new RemoteException(message, 0, List.of(), false);
    }

    /** Writes one path as an import of one, for peers that know nothing newer. */
    static void writeOne(WireOutput out, StoreDir storeDir, PathInfo info, NarSource nar) throws IOException {
        out.u64(1);
        nar.sendTo(new NarWriter(out.stream()));
        out.u64(MAGIC);
        out.storePath(storeDir, info.path());
        out.storePaths(storeDir, info.references());
        out.optionalStorePath(storeDir, info.deriver());
        out.u64(0);
        out.u64(0);
    }
}
