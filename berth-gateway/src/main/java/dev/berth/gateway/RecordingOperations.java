package dev.berth.gateway;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.usage.UsageRecorder;
import dev.berth.wire.PathStream;
import dev.berth.wire.StoreOperations;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Tells which paths a session uses: those that it reads, adds, or asks for and is told to be there, as who pushes
 * passes over these and relies on them. Lists of everything are no use.
 */
final class RecordingOperations extends ForwardingOperations {
    private final StoreOperations next;
    private final UsageRecorder usage;

    RecordingOperations(StoreOperations next, UsageRecorder usage) {
        this.next = next;
        this.usage = usage;
    }

    @Override
    StoreOperations next() {
        return next;
    }

    @Override
    public boolean isValidPath(StorePath path) {
        boolean valid = next.isValidPath(path);
        if (valid) {
            usage.used(List.of(path));
        }
        return valid;
    }

    @Override
    public Optional<PathInfo> queryPathInfo(StorePath path) {
        Optional<PathInfo> info = next.queryPathInfo(path);
        if (info.isPresent()) {
            usage.used(List.of(path));
        }
        return info;
    }

    @Override
    public Map<StorePath, PathInfo> queryPathInfos(Collection<StorePath> paths) {
        Map<StorePath, PathInfo> infos = next.queryPathInfos(paths);
        usage.used(infos.keySet());
        return infos;
    }

    @Override
    public Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean substitute) {
        Set<StorePath> valid = next.queryValidPaths(paths, substitute);
        usage.used(valid);
        return valid;
    }

    @Override
    public Optional<StorePath> queryPathFromHashPart(String hashPart) {
        Optional<StorePath> path = next.queryPathFromHashPart(hashPart);
        path.ifPresent(found -> usage.used(List.of(found)));
        return path;
    }

    @Override
    public void narFromPath(StorePath path, NarSink sink) throws IOException {
        next.narFromPath(path, sink);
        usage.used(List.of(path));
    }

    @Override
    public PathInfo addToStore(
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references,
            boolean repair,
            InputStream dump)
            throws IOException {
        PathInfo info = next.addToStore(name, method, algorithm, references, repair, dump);
        usage.used(List.of(info.path()));
        return info;
    }

    @Override
    public void addToStoreNar(PathInfo info, boolean repair, boolean dontCheckSigs, NarSource nar) throws IOException {
        next.addToStoreNar(info, repair, dontCheckSigs, nar);
        usage.used(List.of(info.path()));
    }

    @Override
    public void addMultipleToStore(PathStream paths, boolean repair, boolean dontCheckSigs) throws IOException {
        List<StorePath> added = new ArrayList<>();
        PathStream watched = new PathStream() {
            @Override
            public long count() {
                return paths.count();
            }

            @Override
            public void sendTo(Receiver receiver) throws IOException {
                paths.sendTo((info, nar) -> {
                    added.add(info.path());
                    receiver.path(info, nar);
                });
            }
        };
        next.addMultipleToStore(watched, repair, dontCheckSigs);
        usage.used(added);
    }

    @Override
    public void ensurePath(StorePath path) {
        next.ensurePath(path);
        usage.used(List.of(path));
    }
}
