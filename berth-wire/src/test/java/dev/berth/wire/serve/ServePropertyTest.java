package dev.berth.wire.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.FormatException;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.testing.Seed;
import dev.berth.wire.BuildResult;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import dev.berth.wire.worker.Any;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is written in a version of the serve protocol is read as that version can say it. A failure names its seed. */
class ServePropertyTest {
    private static final int RUNS = 100;

    @FunctionalInterface
    private interface Property {
        void holds(ServeCodec codec, Any any) throws IOException;
    }

    private static void always(Property property) {
        long first = Seed.first();
        for (long seed = first; seed < first + RUNS; seed++) {
            for (int minor = 1; minor <= ServeProtocol.LATEST; minor++) {
                try {
                    property.holds(new ServeCodec(StoreDir.DEFAULT, minor), new Any(seed));
                } catch (AssertionError | IOException | RuntimeException e) {
                    throw new AssertionError("failed with seed " + seed + " at 2." + minor, e);
                }
            }
        }
    }

    private static <T> T roundTrip(T value, WireOutput.Element<T> writer, WireInput.Element<T> reader)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        WireOutput out = new WireOutput(bytes);
        writer.write(out, value);
        out.flush();
        WireInput in = new WireInput(new ByteArrayInputStream(bytes.toByteArray()), 1 << 20);
        T read = reader.read(in);
        assertThat(in.atEnd()).isTrue();
        return read;
    }

    @Test
    void pathInfos() {
        always((codec, any) -> {
            PathInfo info = any.pathInfo();
            boolean hash = codec.minor() >= ServeProtocol.NAR_HASH;
            // The protocol says neither the time of registration nor whether a path was built here.
            PathInfo said = new PathInfo(
                    info.path(),
                    hash ? info.narHash() : ServeCodec.NO_HASH,
                    info.narSize(),
                    info.references(),
                    info.deriver(),
                    Instant.EPOCH,
                    false,
                    hash ? info.signatures() : new TreeSet<>(),
                    hash ? info.ca() : Optional.empty());
            assertThat(roundTrip(info, codec::writePathInfo, in -> codec.readPathInfo(in, info.path())))
                    .isEqualTo(said);
        });
    }

    @Test
    void buildResults() {
        always((codec, any) -> {
            StorePath drvPath = any.drvPath();
            BuildResult result = buildResult(codec, any, drvPath);
            assertThat(roundTrip(result, codec::writeBuildResult, in -> codec.readBuildResult(in, drvPath)))
                    .isEqualTo(result);
        });
    }

    private static BuildResult buildResult(ServeCodec codec, Any any, StorePath drvPath) {
        boolean times = codec.minor() >= ServeProtocol.BUILD_TIMES;
        NavigableMap<String, Realisation> outputs = new TreeMap<>();
        if (codec.minor() >= ServeProtocol.BUILT_OUTPUTS) {
            for (String name : any.some(3, any::name)) {
                DrvOutput id = codec.minor() >= ServeProtocol.OUTPUTS_BY_NAME
                        ? new DrvOutput.ByPath(drvPath, name)
                        : new DrvOutput.ByHash(any.hash(HashAlgorithm.SHA256), name);
                outputs.put(
                        name,
                        new Realisation(id, any.path(), new TreeSet<>(any.some(2, any::signature)), new TreeMap<>()));
            }
        }
        return new BuildResult(
                any.one(List.of(BuildResult.Status.values())),
                any.text(),
                times ? any.below(100) : 0,
                times && any.coin(),
                times ? any.number() : 0,
                times ? any.number() : 0,
                Optional.empty(),
                Optional.empty(),
                outputs);
    }

    @Test
    void buildOptions() {
        always((codec, any) -> {
            int minor = codec.minor();
            BuildOptions options = new BuildOptions(
                    any.below(1 << 30),
                    any.below(1 << 30),
                    minor >= ServeProtocol.MAX_LOG_SIZE ? any.number() : 0,
                    minor >= ServeProtocol.BUILD_TIMES ? any.below(10) : 0,
                    minor >= ServeProtocol.BUILD_TIMES && any.coin(),
                    minor >= ServeProtocol.KEEP_FAILED && any.coin());
            assertThat(roundTrip(options, (out, each) -> each.write(out, minor), in -> BuildOptions.read(in, minor)))
                    .isEqualTo(options);
        });
    }

    @Test
    void realisations() {
        always((codec, any) -> {
            Realisation realisation = new Realisation(
                    new DrvOutput.ByPath(any.drvPath(), any.name()),
                    any.path(),
                    new TreeSet<>(any.some(3, any::signature)),
                    new TreeMap<>());
            assertThat(roundTrip(realisation, codec::writeRealisation, codec::readRealisation))
                    .isEqualTo(realisation);
        });
    }

    @Test
    void anythingReadInPlaceOfARecordIsARefusal() {
        always((codec, any) -> {
            byte[] noise = any.bytes(any.below(300));
            WireInput in = new WireInput(new ByteArrayInputStream(noise), 1 << 16);
            try {
                codec.readBuildResult(in, any.drvPath());
            } catch (IOException | FormatException expected) {
                assertThat(expected).hasMessageNotContaining("\n");
            }
        });
    }
}
