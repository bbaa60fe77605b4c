package dev.berth.wire.serve;

import dev.berth.wire.ClientSettings;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a client of the serve protocol says on how to build. What its version does not know is 0.
 *
 * @param maxSilentTime seconds without output, 0 for any
 * @param buildTimeout seconds, 0 for any
 * @param maxLogSize bytes, 0 for any
 * @param repeats how often to build again; obsolete
 * @param enforceDeterminism obsolete
 * @param keepFailed whether the directory of a failed build is kept
 */
record BuildOptions(
        long maxSilentTime,
        long buildTimeout,
        long maxLogSize,
        long repeats,
        boolean enforceDeterminism,
        boolean keepFailed) {
    static BuildOptions read(WireInput in, int minor) throws IOException {
        return new BuildOptions(
                in.u32(),
                in.u32(),
                minor >= ServeProtocol.MAX_LOG_SIZE ? in.u64() : 0,
                minor >= ServeProtocol.BUILD_TIMES ? in.u32() : 0,
                minor >= ServeProtocol.BUILD_TIMES && in.bool(),
                minor >= ServeProtocol.KEEP_FAILED && in.bool());
    }

    void write(WireOutput out, int minor) throws IOException {
        out.u64(maxSilentTime);
        out.u64(buildTimeout);
        if (minor >= ServeProtocol.MAX_LOG_SIZE) {
            out.u64(maxLogSize);
        }
        if (minor >= ServeProtocol.BUILD_TIMES) {
            out.u64(repeats);
            out.bool(enforceDeterminism);
        }
        if (minor >= ServeProtocol.KEEP_FAILED) {
            out.bool(keepFailed);
        }
    }

    /** What a client's settings say of it; a setting that is no number is as if it were not there. */
    static BuildOptions of(ClientSettings settings) {
        return new BuildOptions(
                settings.maxSilentTime(),
                number(settings, "timeout"),
                number(settings, "max-build-log-size"),
                0,
                false,
                settings.keepFailed());
    }

    private static long number(ClientSettings settings, String name) {
        String text = settings.overrides().getOrDefault(name, "0");
        return text.matches("[0-9]{1,9}") ? Long.parseLong(text) : 0;
    }

    /** These as a store takes them: as in {@code nix-store --serve}, without substitution and with errors only. */
    ClientSettings settings() {
        ClientSettings base = ClientSettings.DEFAULT;
        Map<String, String> overrides = new TreeMap<>();
        overrides.put("timeout", Long.toUnsignedString(buildTimeout));
        overrides.put("max-build-log-size", Long.toUnsignedString(maxLogSize));
        return new ClientSettings(
                keepFailed,
                base.keepGoing(),
                base.tryFallback(),
                0,
                base.maxBuildJobs(),
                maxSilentTime,
                base.verboseBuild(),
                base.buildCores(),
                false,
                new TreeMap<>(overrides));
    }
}
