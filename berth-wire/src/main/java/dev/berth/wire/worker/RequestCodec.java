package dev.berth.wire.worker;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.FormatException;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.GcRequest;
import dev.berth.wire.Missing;
import dev.berth.wire.SubstitutablePathInfo;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Records that single operations take or give (libstore/daemon.cc, remote-store.cc). */
final class RequestCodec {
    private static final List<GcRequest.Action> ACTIONS = List.of(GcRequest.Action.values());

    /** In the place of a verbosity: build logs are shown at the level of errors, or at the highest of all. */
    private static final long LEVEL_ERROR = 0;

    private static final long LEVEL_VOMIT = 7;

    private RequestCodec() {}

    static ClientSettings readSettings(WireInput in) throws IOException {
        boolean keepFailed = in.bool();
        boolean keepGoing = in.bool();
        boolean tryFallback = in.bool();
        long verbosity = in.u32();
        long maxBuildJobs = in.u32();
        long maxSilentTime = in.u32();
        in.u32(); // use the build hook
        boolean verboseBuild = in.u32() == LEVEL_ERROR;
        in.u32(); // log type
        in.u32(); // print the build trace
        long buildCores = in.u32();
        boolean useSubstitutes = in.bool();
        Map<String, String> overrides = in.map(WireInput::text, WireInput::text);
        return new ClientSettings(
                keepFailed,
                keepGoing,
                tryFallback,
                verbosity,
                maxBuildJobs,
                maxSilentTime,
                verboseBuild,
                buildCores,
                useSubstitutes,
                new TreeMap<>(overrides));
    }

    static void writeSettings(WireOutput out, ClientSettings settings) throws IOException {
        out.bool(settings.keepFailed());
        out.bool(settings.keepGoing());
        out.bool(settings.tryFallback());
        out.u64(settings.verbosity());
        out.u64(settings.maxBuildJobs());
        out.u64(settings.maxSilentTime());
        out.u64(1);
        out.u64(settings.verboseBuild() ? LEVEL_ERROR : LEVEL_VOMIT);
        out.u64(0);
        out.u64(0);
        out.u64(settings.buildCores());
        out.bool(settings.useSubstitutes());
        out.map(settings.overrides(), WireOutput::text, WireOutput::text);
    }

    static GcRequest readGc(WireInput in, StoreDir storeDir) throws IOException {
        GcRequest.Action action = ACTIONS.get((int) in.number("garbage collection action", ACTIONS.size() - 1));
        Set<StorePath> paths = in.storePaths(storeDir);
        boolean ignoreLiveness = in.bool();
        long maxFreed = in.u64();
        for (int i = 0; i < 3; i++) {
            in.u32(); // removed options
        }
        return new GcRequest(action, ignoreLiveness, paths, maxFreed);
    }

    static void writeGc(WireOutput out, StoreDir storeDir, GcRequest request) throws IOException {
        out.u64(ACTIONS.indexOf(request.action()));
        out.storePaths(storeDir, request.pathsToDelete());
        out.bool(request.ignoreLiveness());
        out.u64(request.maxFreed());
        for (int i = 0; i < 3; i++) {
            out.u64(0);
        }
    }

    static GcRequest.Outcome readOutcome(WireInput in) throws IOException {
        Set<String> paths = in.set(WireInput::text);
        long bytesFreed = in.u64();
        in.u64(); // removed
        return new GcRequest.Outcome(paths, bytesFreed);
    }

    static void writeOutcome(WireOutput out, GcRequest.Outcome outcome) throws IOException {
        out.texts(outcome.paths());
        out.u64(outcome.bytesFreed());
        out.u64(0);
    }

    static Missing readMissing(WireInput in, StoreDir storeDir) throws IOException {
        return new Missing(
                in.storePaths(storeDir), in.storePaths(storeDir), in.storePaths(storeDir), in.u64(), in.u64());
    }

    static void writeMissing(WireOutput out, StoreDir storeDir, Missing missing) throws IOException {
        out.storePaths(storeDir, missing.willBuild());
        out.storePaths(storeDir, missing.willSubstitute());
        out.storePaths(storeDir, missing.unknown());
        out.u64(missing.downloadSize());
        out.u64(missing.narSize());
    }

    static SubstitutablePathInfo readSubstitutable(WireInput in, StoreDir storeDir) throws IOException {
        Optional<StorePath> deriver = in.optionalStorePath(storeDir);
        return new SubstitutablePathInfo(deriver, in.storePaths(storeDir), in.u64(), in.u64());
    }

    static void writeSubstitutable(WireOutput out, StoreDir storeDir, SubstitutablePathInfo info) throws IOException {
        out.optionalStorePath(storeDir, info.deriver());
        out.storePaths(storeDir, info.references());
        out.u64(info.downloadSize());
        out.u64(info.narSize());
    }

    static Map<StorePath, Optional<ContentAddress>> readWanted(WireInput in, Dialect dialect) throws IOException {
        if (dialect.atLeast(22)) {
            return in.map(each -> each.storePath(dialect.storeDir()), WireInput::optionalContentAddress);
        }
        Map<StorePath, Optional<ContentAddress>> wanted = new TreeMap<>();
        in.storePaths(dialect.storeDir()).forEach(path -> wanted.put(path, Optional.empty()));
        return wanted;
    }

    static void writeWanted(WireOutput out, Dialect dialect, Map<StorePath, Optional<ContentAddress>> wanted)
            throws IOException {
        StoreDir storeDir = dialect.storeDir();
        if (dialect.atLeast(22)) {
            out.map(wanted, (to, path) -> to.storePath(storeDir, path), WireOutput::optionalContentAddress);
        } else {
            out.storePaths(storeDir, wanted.keySet());
        }
    }

    static Map<StorePath, Set<String>> readRoots(WireInput in, StoreDir storeDir) throws IOException {
        Map<StorePath, Set<String>> roots = new TreeMap<>();
        in.list(each -> {
            String link = each.text();
            return roots.computeIfAbsent(each.storePath(storeDir), path -> new LinkedHashSet<>())
                    .add(link);
        });
        return roots;
    }

    static void writeRoots(WireOutput out, StoreDir storeDir, Map<StorePath, Set<String>> roots) throws IOException {
        out.u64(roots.values().stream().mapToLong(Set::size).sum());
        for (Map.Entry<StorePath, Set<String>> root : roots.entrySet()) {
            for (String link : root.getValue()) {
                out.text(link);
                out.storePath(storeDir, root.getKey());
            }
        }
    }

    /** How a content address is to be made, such as {@code fixed:r:sha256} (libstore/content-address.cc). */
    record Addressing(ContentAddressMethod method, HashAlgorithm algorithm) {
        /** Reads it. @throws FormatException if it is none */
        static Addressing parse(String text) {
            if (text.startsWith("text:")) {
                return new Addressing(ContentAddressMethod.TEXT, HashAlgorithm.parse(text.substring("text:".length())));
            }
            if (!text.startsWith("fixed:")) {
                throw new FormatException("content address method " + FormatException.quote(text)
                        + " starts with neither 'text:' nor 'fixed:'");
            }
            String rest = text.substring("fixed:".length());
            for (ContentAddressMethod method : List.of(ContentAddressMethod.NAR, ContentAddressMethod.GIT)) {
                if (rest.startsWith(method.prefix())) {
                    return new Addressing(
                            method,
                            HashAlgorithm.parse(rest.substring(method.prefix().length())));
                }
            }
            return new Addressing(ContentAddressMethod.FLAT, HashAlgorithm.parse(rest));
        }

        String print() {
            return method == ContentAddressMethod.TEXT
                    ? "text:" + algorithm.text()
                    : "fixed:" + method.prefix() + algorithm.text();
        }
    }
}
