package dev.berth.wire.serve;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.wire.BasicDerivationCodec;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.PathStream;
import dev.berth.wire.RemoteException;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Transport;
import dev.berth.wire.WireException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The client's side of the serve protocol (libstore/legacy-ssh-store.cc): a store behind {@code nix-store --serve}. What the
 * protocol has no command for is refused by a {@link RemoteException}. It has no errors either but those of builds: the
 * other side ends, and says why on its standard error; here that is a {@link RemoteException} with a lost connection. An
 * {@link IOException} comes from a stream that was passed in, and the connection is closed. One call at a time.
 */
public final class ServeClient extends ServeGaps {
    /** Paths that are on the way without an answer; each answer is a word. */
    private static final int UNANSWERED = 64;

    private final ServeCalls calls;
    private final StoreDir storeDir;
    private ClientSettings settings = ClientSettings.DEFAULT;

    private ServeClient(ServeCalls calls) {
        this.calls = calls;
        this.storeDir = calls.codec().storeDir();
    }

    /**
     * Greets the other side.
     *
     * @param transport closed with this, or if this fails
     * @throws RemoteException if there is no {@code nix-store --serve}, or one that is too old
     */
    public static ServeClient connect(Transport transport, StoreDir storeDir, Timeouts timeouts) {
        return new ServeClient(ServeCalls.greet(transport, storeDir, timeouts));
    }

    /** The minor version that is spoken: 0 to 8, behind major version 2. */
    public int minorVersion() {
        return calls.codec().minor();
    }

    @Override
    public boolean isValidPath(StorePath path) {
        return !queryValidPaths(List.of(path), false).isEmpty();
    }

    @Override
    public Optional<PathInfo> queryPathInfo(StorePath path) {
        return Optional.ofNullable(queryPathInfos(List.of(path)).get(path));
    }

    @Override
    public Map<StorePath, PathInfo> queryPathInfos(Collection<StorePath> paths) {
        return calls.query(ServeProtocol.Command.QUERY_PATH_INFOS, out -> out.storePaths(storeDir, paths), in -> {
            Map<StorePath, PathInfo> infos = new HashMap<>();
            while (true) {
                Optional<StorePath> path = in.optionalStorePath(storeDir);
                if (path.isEmpty()) {
                    return infos;
                }
                PathInfo info = calls.codec().readPathInfo(in, path.get());
                if (info.narHash().equals(ServeCodec.NO_HASH)) {
                    throw new WireException("the other side is too old: it does not tell NAR hashes");
                }
                infos.put(path.get(), info);
            }
        });
    }

    @Override
    public Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean substitute) {
        return queryValidPaths(paths, false, substitute);
    }

    private Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean lock, boolean substitute) {
        return calls.query(
                ServeProtocol.Command.QUERY_VALID_PATHS,
                out -> {
                    out.bool(lock);
                    out.bool(substitute);
                    out.storePaths(storeDir, paths);
                },
                in -> in.storePaths(storeDir));
    }

    /**
     * Everything that paths refer to, themselves too.
     *
     * @param outputs whether the valid outputs of derivations belong to it
     */
    public Set<StorePath> queryClosure(Collection<StorePath> paths, boolean outputs) {
        return calls.query(
                ServeProtocol.Command.QUERY_CLOSURE,
                out -> {
                    out.bool(outputs);
                    out.storePaths(storeDir, paths);
                },
                in -> in.storePaths(storeDir));
    }

    /** As the protocol has it, whether the path is valid or not, if the other side runs with {@code --write}. */
    @Override
    public void addTempRoot(StorePath path) {
        queryValidPaths(List.of(path), true, false);
    }

    @Override
    public void ensurePath(StorePath path) {
        if (queryValidPaths(List.of(path), true, true).isEmpty()) {
            throw refusal("path '" + storeDir.print(path) + "' does not exist and cannot be created");
        }
    }

    @Override
    public void narFromPath(StorePath path, NarSink sink) throws IOException {
        // The other side would only hang up.
        if (!isValidPath(path)) {
            throw refusal("path '" + storeDir.print(path) + "' is not valid");
        }
        calls.stream(out -> {
            out.u64(ServeProtocol.Command.DUMP_STORE_PATH.number());
            out.storePath(storeDir, path);
        });
        calls.receive(sink);
    }

    /** Neither repairing nor checking signatures is in the protocol: the other side decides. */
    @Override
    public void addToStoreNar(PathInfo info, boolean repair, boolean dontCheckSigs, NarSource nar) throws IOException {
        calls.stream(out -> AddRequest.write(out, calls.codec(), info, nar));
        added(info.path());
    }

    @Override
    public void addMultipleToStore(PathStream paths, boolean repair, boolean dontCheckSigs) throws IOException {
        List<StorePath> sent = new ArrayList<>();
        paths.sendTo((info, nar) -> {
            calls.stream(out -> AddRequest.write(out, calls.codec(), info, nar));
            sent.add(info.path());
            if (sent.size() == UNANSWERED) {
                sent.forEach(this::added);
                sent.clear();
            }
        });
        sent.forEach(this::added);
    }

    private void added(StorePath path) {
        calls.work(in -> {
            if (in.u64() != 1) {
                throw new WireException("failed to add path '" + storeDir.print(path) + "'");
            }
            return true;
        });
    }

    /** Kept here and sent with each build: as far as the protocol has words for it. */
    @Override
    public void setOptions(ClientSettings client) {
        settings = client;
    }

    @Override
    public void buildPaths(List<DerivedPath> targets, BuildMode mode) {
        BuildResult result = build(targets, mode);
        if (!result.status().success()) {
            throw refusal(result.errorMsg());
        }
    }

    /** One build for each target, as an answer does not say which failed; without outputs, which it does not say either. */
    @Override
    public List<BuildResult.Keyed> buildPathsWithResults(List<DerivedPath> targets, BuildMode mode) {
        return targets.stream()
                .map(target -> new BuildResult.Keyed(target, build(List.of(target), mode)))
                .toList();
    }

    private BuildResult build(List<DerivedPath> targets, BuildMode mode) {
        requireNormal(mode);
        List<String> texts = targets.stream().map(this::text).toList();
        calls.send(out -> {
            out.u64(ServeProtocol.Command.BUILD_PATHS.number());
            out.texts(texts);
            BuildOptions.of(settings).write(out, minorVersion());
        });
        return calls.work(in -> {
            BuildResult.Status status = ServeCodec.readStatus(in);
            return BuildResult.of(status, status.success() ? "" : in.text());
        });
    }

    private String text(DerivedPath target) {
        return switch (target) {
            case DerivedPath.Opaque(StorePath path)
            when path.isDerivation() ->
                throw refusal("the serve protocol cannot fetch derivation '" + storeDir.print(path)
                        + "' without building it; use ssh-ng://");
            case DerivedPath.Built built
            when !(built.drvPath() instanceof SingleDerivedPath.Opaque) ->
                throw refusal(
                        "the serve protocol cannot build what another build makes a derivation of; use ssh-ng://");
            case DerivedPath.Built(SingleDerivedPath drvPath, OutputsSpec.All _) -> drvPath.printLegacy(storeDir);
            case DerivedPath.Opaque _, DerivedPath.Built _ -> target.printLegacy(storeDir);
        };
    }

    @Override
    public BuildResult buildDerivation(StorePath drvPath, Derivation drv, BuildMode mode) {
        requireNormal(mode);
        calls.send(out -> {
            out.u64(ServeProtocol.Command.BUILD_DERIVATION.number());
            out.storePath(storeDir, drvPath);
            BasicDerivationCodec.write(out, storeDir, drv);
            BuildOptions.of(settings).write(out, minorVersion());
        });
        return calls.work(in -> calls.codec().readBuildResult(in, drvPath));
    }

    private static void requireNormal(BuildMode mode) {
        if (mode != BuildMode.NORMAL) {
            throw refusal("the serve protocol cannot repair or check builds; use ssh-ng://");
        }
    }

    @Override
    public void close() {
        calls.close();
    }
}
