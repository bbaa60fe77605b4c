package dev.berth.wire.worker;

import static dev.berth.wire.worker.GoldenFiles.bytes;
import static dev.berth.wire.worker.GoldenFiles.check;
import static dev.berth.wire.worker.GoldenFiles.checkRead;
import static dev.berth.wire.worker.GoldenFiles.json;
import static dev.berth.wire.worker.GoldenFiles.meanings;
import static dev.berth.wire.worker.GoldenFiles.read;
import static dev.berth.wire.worker.GoldenFiles.written;
import static dev.berth.wire.worker.GoldenValues.buildResult;
import static dev.berth.wire.worker.GoldenValues.contentAddress;
import static dev.berth.wire.worker.GoldenValues.derivedPath;
import static dev.berth.wire.worker.GoldenValues.path;
import static dev.berth.wire.worker.GoldenValues.pathInfo;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.nix.ContentAddress;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.testing.Project;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import dev.berth.wire.worker.GoldenFiles.Codec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes that Nix's own unit tests hold it to, read and written, against what they mean. */
final class GoldenTest {
    private static final StoreDir STORE = StoreDir.DEFAULT;

    private static final Dialect FEATURE = new Dialect(STORE, 38, Dialect.KNOWN_FEATURES);

    private static Dialect dialect(int minor) {
        return new Dialect(STORE, minor, Set.of());
    }

    private static Codec<BuildResult> results(Dialect dialect) {
        return new Codec<>(
                in -> BuildResultCodec.read(in, dialect, Optional.empty()),
                (out, result) -> BuildResultCodec.write(out, dialect, result));
    }

    private static Codec<PathInfo> infos(int minor) {
        PathInfoCodec codec = new PathInfoCodec(STORE, minor);
        return new Codec<>(codec::read, codec::write);
    }

    private static Codec<DerivedPath> derivedPaths(int minor) {
        return new Codec<>(
                in -> DerivedPathCodec.read(in, dialect(minor)),
                (out, path) -> DerivedPathCodec.write(out, dialect(minor), path));
    }

    static Stream<String> folders() {
        return Stream.of("common-protocol", "worker-protocol");
    }

    @ParameterizedTest
    @MethodSource("folders")
    void primitives(String folder) throws IOException {
        check(
                folder + "/string",
                meanings(folder + "/string", JsonNode::asText),
                new Codec<>(WireInput::text, WireOutput::text));
        check(
                folder + "/store-path",
                meanings(folder + "/store-path", GoldenValues::path),
                new Codec<>(in -> in.storePath(STORE), (out, path) -> out.storePath(STORE, path)));
        check(
                folder + "/optional-store-path",
                meanings(
                        folder + "/optional-store-path",
                        json -> json.isNull() ? Optional.<StorePath>empty() : Optional.of(path(json))),
                new Codec<>(in -> in.optionalStorePath(STORE), (out, path) -> out.optionalStorePath(STORE, path)));
        check(
                folder + "/content-address",
                meanings(folder + "/content-address", GoldenValues::contentAddress),
                new Codec<>(WireInput::contentAddress, (out, ca) -> out.text(ca.print())));
        check(
                folder + "/optional-content-address",
                meanings(
                        folder + "/optional-content-address",
                        json -> json.isNull() ? Optional.<ContentAddress>empty() : Optional.of(contentAddress(json))),
                new Codec<>(WireInput::optionalContentAddress, WireOutput::optionalContentAddress));
    }

    @ParameterizedTest
    @MethodSource("folders")
    void collections(String folder) throws IOException {
        for (String file : List.of(folder + "/vector", folder + "/set")) {
            JsonNode json = json(file);
            List<List<String>> flat = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                flat.add(json.get(i).valueStream().map(JsonNode::asText).toList());
            }
            List<List<String>> nested = json.get(3)
                    .valueStream()
                    .map(each -> each.valueStream().map(JsonNode::asText).toList())
                    .toList();
            byte[] bytes = bytes(file);
            WireInput in = new WireInput(new ByteArrayInputStream(bytes), 1 << 20);
            for (List<String> each : flat) {
                assertThat(in.list(WireInput::text)).isEqualTo(each);
            }
            assertThat(in.list(each -> each.list(WireInput::text))).isEqualTo(nested);
            assertThat(in.atEnd()).isTrue();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            WireOutput wire = new WireOutput(out);
            for (List<String> each : flat) {
                wire.texts(each);
            }
            wire.list(nested, WireOutput::texts);
            wire.flush();
            assertThat(out.toByteArray()).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @MethodSource("folders")
    void realisationsByHash(String folder) throws IOException {
        Dialect dialect = dialect(31);
        check(
                folder + "/drv-output",
                meanings(folder + "/drv-output", json -> (DrvOutput) DrvOutput.parseByHash(json.asText())),
                new Codec<>(
                        in -> RealisationCodec.readOutput(in, dialect),
                        (out, id) -> RealisationCodec.writeOutput(out, dialect, id)));
        Codec<Realisation> codec = new Codec<>(
                in -> RealisationCodec.read(in, dialect),
                (out, realisation) -> RealisationCodec.write(out, dialect, realisation));
        // Signatures in the bytes are objects in one file, which only the latest releases read; ours are texts.
        for (String name : List.of("/realisation", "/realisation-with-deps")) {
            List<Realisation> meanings = meanings(folder + name, Realisation::fromJson);
            checkRead(folder + name, meanings, codec);
            assertThat(read(written(meanings, codec.writer()), meanings.size(), codec.reader()))
                    .isEqualTo(meanings);
        }
        check(
                folder + "/realisation-with-deps",
                meanings(folder + "/realisation-with-deps", Realisation::fromJson),
                codec);
    }

    @Test
    void realisationsByPath() throws IOException {
        String suffix = "-realisation-with-path-not-hash";
        check(
                "worker-protocol/drv-output" + suffix,
                meanings("worker-protocol/drv-output" + suffix, json -> (DrvOutput) new DrvOutput.ByPath(
                        path(json.get("drvPath")), json.get("outputName").asText())),
                new Codec<>(
                        in -> RealisationCodec.readOutput(in, FEATURE),
                        (out, id) -> RealisationCodec.writeOutput(out, FEATURE, id)));
        check(
                "worker-protocol/realisation" + suffix,
                meanings("worker-protocol/realisation" + suffix, Realisation::fromJson),
                new Codec<>(
                        in -> RealisationCodec.read(in, FEATURE),
                        (out, realisation) -> RealisationCodec.write(out, FEATURE, realisation)));
        DrvOutput id = RealisationCodec.dummy("out");
        check(
                "worker-protocol/unkeyed-realisation" + suffix,
                meanings("worker-protocol/unkeyed-realisation" + suffix, json -> Realisation.fromJson(id, json)),
                new Codec<>(
                        in -> RealisationCodec.readUnkeyed(in, FEATURE, id),
                        (out, realisation) -> RealisationCodec.writeUnkeyed(out, FEATURE, realisation)));
    }

    @Test
    void derivedPaths() throws IOException {
        for (int minor : List.of(29, 30)) {
            String file = "worker-protocol/derived-path-1." + minor;
            check(file, meanings(file, GoldenValues::derivedPath), derivedPaths(minor));
        }
    }

    @Test
    void pathInfos() throws IOException {
        for (int minor : List.of(15, 16)) {
            String file = "worker-protocol/valid-path-info-1." + minor;
            check(file, meanings(file, json -> pathInfo(json, path(json.get("path")))), infos(minor));
        }
        StorePath path = new StorePath("g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-any");
        PathInfoCodec unkeyed = new PathInfoCodec(STORE, 15);
        String file = "worker-protocol/unkeyed-valid-path-info-1.15";
        check(
                file,
                meanings(file, json -> pathInfo(json, path)),
                new Codec<>(in -> unkeyed.readUnkeyed(in, path), unkeyed::writeUnkeyed));
    }

    @Test
    void buildResults() throws IOException {
        String folder = "worker-protocol/build-result-";
        for (int minor : List.of(27, 28, 29, 37)) {
            String file = folder + "1." + minor;
            check(file, meanings(file, GoldenValues::buildResult), results(dialect(minor)));
        }
        // Made without dependent realisations and signatures, which older releases want.
        checkRead(
                folder + "1.29-compat",
                meanings(folder + "1.29-compat", GoldenValues::buildResult),
                results(dialect(29)));
        String feature = folder + "realisation-with-path-not-hash";
        check(feature, meanings(feature, GoldenValues::buildResult), results(FEATURE));
        String keyed = "worker-protocol/keyed-build-result-1.29";
        check(
                keyed,
                meanings(keyed, json -> new BuildResult.Keyed(derivedPath(json.get("path")), buildResult(json))),
                new Codec<>(
                        in -> BuildResultCodec.readKeyed(in, dialect(29)),
                        (out, result) -> BuildResultCodec.writeKeyed(out, dialect(29), result)));
    }

    @Test
    void buildModes() throws IOException {
        check(
                "worker-protocol/build-mode",
                meanings(
                        "worker-protocol/build-mode",
                        json -> List.of(BuildMode.NORMAL, BuildMode.REPAIR, BuildMode.CHECK)
                                .get(json.asInt())),
                new Codec<>(BuildResultCodec::readMode, BuildResultCodec::writeMode));
    }

    /** Nothing that Nix has is left out: a new file needs a test. */
    @Test
    void allFilesAreKnown() throws IOException {
        Set<String> known = Set.of(
                "string",
                "store-path",
                "optional-store-path",
                "content-address",
                "optional-content-address",
                "vector",
                "set",
                "drv-output",
                "realisation",
                "realisation-with-deps",
                "drv-output-realisation-with-path-not-hash",
                "realisation-realisation-with-path-not-hash",
                "unkeyed-realisation-realisation-with-path-not-hash",
                "derived-path-1.29",
                "derived-path-1.30",
                "valid-path-info-1.15",
                "valid-path-info-1.16",
                "unkeyed-valid-path-info-1.15",
                "build-result-1.27",
                "build-result-1.28",
                "build-result-1.29",
                "build-result-1.37",
                "build-result-1.29-compat",
                "build-result-realisation-with-path-not-hash",
                "keyed-build-result-1.29",
                "build-mode",
                "client-handshake-info_1_30",
                "client-handshake-info_1_33",
                "client-handshake-info_1_35",
                "optional-trusted-flag",
                "handshake-to-client");
        for (String folder : folders().toList()) {
            try (Stream<Path> files = Files.list(Project.golden().resolve(folder))) {
                assertThat(files.map(file -> file.getFileName().toString())
                                .filter(name -> name.endsWith(".bin"))
                                .map(name -> name.substring(0, name.length() - 4)))
                        .allMatch(known::contains);
            }
        }
    }
}
