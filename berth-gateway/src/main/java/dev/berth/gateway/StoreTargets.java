package dev.berth.gateway;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.FileSink;
import dev.berth.store.Store;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.BuildResult.Status;
import dev.berth.wire.Missing;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a store that builds and fetches nothing says of targets: they are there or not. */
final class StoreTargets {
    private final Store store;

    StoreTargets(Store store) {
        this.store = store;
    }

    /** The outputs of a derivation in the store, as far as their paths stand in it. */
    Map<String, Optional<StorePath>> outputs(StorePath drvPath) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        store.nar(drvPath, new FileSink(content, Derivation.MAX_SIZE, "it is no regular file"));
        Derivation drv = Derivation.parse(store.storeDir(), Derivation.nameOf(drvPath), content.toByteArray());
        Map<String, StorePath> known = drv.knownOutputPaths(store.storeDir());
        Map<String, Optional<StorePath>> outputs = new TreeMap<>();
        drv.outputs().keySet().forEach(name -> outputs.put(name, Optional.ofNullable(known.get(name))));
        return outputs;
    }

    private enum State {
        VALID,
        BUILDABLE,
        UNKNOWN
    }

    private State state(DerivedPath target) {
        return switch (target) {
            case DerivedPath.Opaque(StorePath path) -> isValid(path) ? State.VALID : State.UNKNOWN;
            case DerivedPath.Built(SingleDerivedPath.Opaque(StorePath drv), OutputsSpec wanted) ->
                !isValid(drv) ? State.UNKNOWN : areValid(drv, wanted) ? State.VALID : State.BUILDABLE;
            case DerivedPath.Built(SingleDerivedPath.Built _, OutputsSpec _) -> State.UNKNOWN;
        };
    }

    private boolean isValid(StorePath path) {
        return store.pathInfo(path).isPresent();
    }

    private boolean areValid(StorePath drv, OutputsSpec wanted) {
        return outputs(drv).entrySet().stream()
                .filter(output -> wanted.contains(output.getKey()))
                .allMatch(output -> output.getValue().filter(this::isValid).isPresent());
    }

    Missing missing(List<DerivedPath> targets) {
        Set<StorePath> build = new TreeSet<>();
        Set<StorePath> unknown = new TreeSet<>();
        for (DerivedPath target : targets) {
            switch (state(target)) {
                case VALID -> {}
                case BUILDABLE -> build.add(base(target));
                case UNKNOWN -> unknown.add(base(target));
            }
        }
        return new Missing(build, Set.of(), unknown, 0, 0);
    }

    List<BuildResult.Keyed> results(List<DerivedPath> targets, BuildMode mode) {
        List<BuildResult.Keyed> results = new ArrayList<>();
        for (DerivedPath target : targets) {
            boolean there = mode == BuildMode.NORMAL && state(target) == State.VALID;
            results.add(new BuildResult.Keyed(
                    target, there ? BuildResult.of(Status.ALREADY_VALID, "") : noBuilder(base(target))));
        }
        return results;
    }

    BuildResult noBuilder(StorePath path) {
        return BuildResult.of(
                Status.MISC_FAILURE,
                "cannot build '" + store.storeDir().print(path) + "': store '" + store.uri() + "' has no builder");
    }

    private static StorePath base(DerivedPath target) {
        return switch (target) {
            case DerivedPath.Opaque(StorePath path) -> path;
            case DerivedPath.Built(SingleDerivedPath drv, OutputsSpec _) -> drv.base();
        };
    }
}
