package dev.berth.wire.worker;

import dev.berth.nix.DerivedPath;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.Realisation;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StorePath;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** How builds ended, and in which mode they are asked for (libstore/worker-protocol.cc). */
final class BuildResultCodec {
    private static final List<BuildResult.Status> STATUSES = List.of(BuildResult.Status.values());
    private static final List<BuildMode> MODES = List.of(BuildMode.values());

    private BuildResultCodec() {}

    static BuildMode readMode(WireInput in) throws IOException {
        return MODES.get((int) in.number("build mode", MODES.size() - 1));
    }

    static void writeMode(WireOutput out, BuildMode mode) throws IOException {
        out.u64(MODES.indexOf(mode));
    }

    /**
     * Reads one.
     *
     * @param drvPath what was built, if known
     */
    static BuildResult read(WireInput in, Dialect dialect, Optional<StorePath> drvPath) throws IOException {
        BuildResult.Status status = STATUSES.get((int) in.number("build status", STATUSES.size() - 1));
        String errorMsg = in.text();
        long timesBuilt = 0;
        boolean isNonDeterministic = false;
        long startTime = 0;
        long stopTime = 0;
        if (dialect.atLeast(29)) {
            timesBuilt = in.u32();
            isNonDeterministic = in.bool();
            startTime = in.number("start time", Long.MAX_VALUE);
            stopTime = in.number("stop time", Long.MAX_VALUE);
        }
        Optional<Duration> cpuUser = Optional.empty();
        Optional<Duration> cpuSystem = Optional.empty();
        if (dialect.atLeast(37)) {
            cpuUser = readDuration(in);
            cpuSystem = readDuration(in);
        }
        NavigableMap<String, Realisation> built =
                dialect.atLeast(28) ? RealisationCodec.readBuilt(in, dialect, drvPath) : new TreeMap<>();
        return new BuildResult(
                status, errorMsg, timesBuilt, isNonDeterministic, startTime, stopTime, cpuUser, cpuSystem, built);
    }

    static void write(WireOutput out, Dialect dialect, BuildResult result) throws IOException {
        out.u64(STATUSES.indexOf(result.status()));
        out.text(result.errorMsg());
        if (dialect.atLeast(29)) {
            out.u64(result.timesBuilt());
            out.bool(result.isNonDeterministic());
            out.u64(result.startTime());
            out.u64(result.stopTime());
        }
        if (dialect.atLeast(37)) {
            writeDuration(out, result.cpuUser());
            writeDuration(out, result.cpuSystem());
        }
        if (dialect.atLeast(28)) {
            RealisationCodec.writeBuilt(out, dialect, result.builtOutputs());
        }
    }

    static BuildResult.Keyed readKeyed(WireInput in, Dialect dialect) throws IOException {
        DerivedPath path = DerivedPathCodec.read(in, dialect);
        Optional<StorePath> drvPath =
                path instanceof DerivedPath.Built(SingleDerivedPath.Opaque(StorePath drv), OutputsSpec _)
                        ? Optional.of(drv)
                        : Optional.empty();
        return new BuildResult.Keyed(path, read(in, dialect, drvPath));
    }

    static void writeKeyed(WireOutput out, Dialect dialect, BuildResult.Keyed keyed) throws IOException {
        DerivedPathCodec.write(out, dialect, keyed.path());
        write(out, dialect, keyed.result());
    }

    private static Optional<Duration> readDuration(WireInput in) throws IOException {
        if (in.number("the mark of a duration", 1) == 0) {
            return Optional.empty();
        }
        long micros = in.u64();
        if (micros < 0) {
            throw new WireException("a negative processor time");
        }
        return Optional.of(Duration.of(micros, ChronoUnit.MICROS));
    }

    private static void writeDuration(WireOutput out, Optional<Duration> duration) throws IOException {
        out.bool(duration.isPresent());
        if (duration.isPresent()) {
            out.u64(duration.get().dividedBy(Duration.of(1, ChronoUnit.MICROS)));
        }
    }
}
