package dev.berth.wire.serve;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.LogEvent;
import dev.berth.wire.LogSink;
import dev.berth.wire.PathStream;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.TrustedFlag;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A store in memory that notes what it was asked. */
final class MemoryStore extends ServeGaps implements StoreService {
    final Map<StorePath, PathInfo> infos = new ConcurrentHashMap<>();
    final Map<StorePath, byte[]> nars = new ConcurrentHashMap<>();
    final Map<StorePath, Map<String, Optional<StorePath>>> outputs = new ConcurrentHashMap<>();
    final List<String> asked = new CopyOnWriteArrayList<>();
    volatile ClientSettings settings = ClientSettings.DEFAULT;
    volatile LogSink log = LogSink.none();
    volatile BuildResult result = BuildResult.of(BuildResult.Status.MISC_FAILURE, "no builder");

    PathInfo put(PathInfo info, NarSource nar) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        nar.sendTo(new NarWriter(bytes));
        infos.put(info.path(), info);
        nars.put(info.path(), bytes.toByteArray());
        return info;
    }

    @Override
    public StoreDir storeDir() {
        return StoreDir.DEFAULT;
    }

    @Override
    public String nixVersion() {
        return "2.26.3";
    }

    @Override
    public Set<String> features() {
        return Set.of();
    }

    @Override
    public TrustedFlag trustedFlag(boolean trusted) {
        return TrustedFlag.UNKNOWN;
    }

    @Override
    public StoreOperations open(boolean trusted, LogSink sink) {
        log = sink;
        return this;
    }

    @Override
    public boolean isValidPath(StorePath path) {
        return infos.containsKey(path);
    }

    @Override
    public Optional<PathInfo> queryPathInfo(StorePath path) {
        return Optional.ofNullable(infos.get(path));
    }

    @Override
    public Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean substitute) {
        asked.add("valid " + substitute);
        Set<StorePath> valid = new HashSet<>(paths);
        valid.retainAll(infos.keySet());
        return valid;
    }

    @Override
    public Map<String, Optional<StorePath>> queryDerivationOutputMap(StorePath drvPath) {
        return outputs.getOrDefault(drvPath, Map.of());
    }

    @Override
    public void narFromPath(StorePath path, NarSink sink) throws IOException {
        byte[] nar = nars.get(path);
        if (nar == null) {
            throw refusal("path '" + storeDir().print(path) + "' is not valid");
        }
        NarReader.whole(new ByteArrayInputStream(nar)).sendTo(sink);
    }

    @Override
    public void addToStoreNar(PathInfo info, boolean repair, boolean dontCheckSigs, NarSource nar) throws IOException {
        asked.add("add " + info.path().name() + " " + dontCheckSigs);
        if (!infos.keySet().containsAll(info.references())) {
            throw refusal("a reference of '" + storeDir().print(info.path()) + "' is not valid");
        }
        if (!infos.containsKey(info.path())) {
            put(info, nar);
        }
    }

    @Override
    public void addMultipleToStore(PathStream paths, boolean repair, boolean dontCheckSigs) throws IOException {
        paths.sendTo((info, nar) -> addToStoreNar(info, repair, dontCheckSigs, nar));
    }

    @Override
    public void ensurePath(StorePath path) {
        throw refusal("not asked for by the protocol");
    }

    @Override
    public void addTempRoot(StorePath path) {
        asked.add("root " + path.name());
    }

    @Override
    public void setOptions(ClientSettings client) {
        settings = client;
    }

    @Override
    public void buildPaths(List<DerivedPath> targets, BuildMode mode) {
        targets.forEach(target -> asked.add("build " + target.print(storeDir())));
        log.log(new LogEvent.Message(0, "building\n".getBytes(StandardCharsets.UTF_8)));
        if (!result.status().success()) {
            throw refusal(result.errorMsg());
        }
    }

    @Override
    public List<BuildResult.Keyed> buildPathsWithResults(List<DerivedPath> targets, BuildMode mode) {
        throw refusal("not asked for by the protocol");
    }

    @Override
    public BuildResult buildDerivation(StorePath drvPath, Derivation drv, BuildMode mode) {
        asked.add("build " + new ArrayList<>(drv.outputs().keySet()) + " of " + drvPath.name());
        return result;
    }

    @Override
    public void close() {
        asked.add("close");
    }
}
