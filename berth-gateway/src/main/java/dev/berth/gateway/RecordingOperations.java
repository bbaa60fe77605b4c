package dev.berth.gateway;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException;
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
import java.util.function.Function;
import java.util.function.Supplier;

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

    /** Asks, and again if what was told may be gone. */
    private <T> T held(Supplier<T> question, Function<T, Collection<StorePath>> told) {
        while (true) {
            T answer = question.get();
            if (usage.hold(told.apply(answer))) {
                return answer;
            }
        }
    }

    /** What is about to be added may be found to be there already, and what it refers to must be. */
    private void hold(PathInfo info) {
        List<StorePath> relied = new ArrayList<>(info.references());
        relied.add(info.path());
        boolean settled = false;
        while (!settled) {
            settled = usage.hold(relied);
        }
    }

    @Override
    public boolean isValidPath(StorePath path) {
        return held(() -> next.isValidPath(path), valid -> valid ? List.of(path) : List.of());
    }

    @Override
    public Optional<PathInfo> queryPathInfo(StorePath path) {
        return held(
                () -> next.queryPathInfo(path),
                info -> info.map(PathInfo::path).stream().toList());
    }

    @Override
    public Map<StorePath, PathInfo> queryPathInfos(Collection<StorePath> paths) {
        return held(() -> next.queryPathInfos(paths), Map::keySet);
    }

    @Override
    public Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean substitute) {
        return held(() -> next.queryValidPaths(paths, substitute), valid -> valid);
    }

    @Override
    public Optional<StorePath> queryPathFromHashPart(String hashPart) {
        return held(
                () -> next.queryPathFromHashPart(hashPart),
                path -> path.stream().toList());
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
        if (!usage.hold(List.of(info.path())) && !isValidPath(info.path())) {
            throw new StoreException(
                    StoreException.Kind.UNAVAILABLE,
                    "path " + info.path() + " was there, and was deleted while it was added: add it again");
        }
        return info;
    }

    @Override
    public void addToStoreNar(PathInfo info, boolean repair, boolean dontCheckSigs, NarSource nar) throws IOException {
        hold(info);
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
                    hold(info);
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
