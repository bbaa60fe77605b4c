package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.testing.Project;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.TrustedFlag;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes that Nix's own unit tests hold it to, read and written, against what they mean. */
final class GoldenTest {
    private static final StoreDir STORE = StoreDir.DEFAULT;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Dialect FEATURE = new Dialect(STORE, 38, Dialect.KNOWN_FEATURES);

    /** Reads one value and writes it. */
    private record Codec<T>(WireInput.Element<T> reader, WireOutput.Element<T> writer) {}

    private static Dialect dialect(int minor) {
        return new Dialect(STORE, minor, Set.of());
    }

    private static byte[] bytes(String file) throws IOException {
        return Files.readAllBytes(Project.golden().resolve(file + ".bin"));
    }

    private static JsonNode json(String file) throws IOException {
        return JSON.readTree(Files.readAllBytes(Project.golden().resolve(file + ".json")));
    }

    /** Reads as many values as there are meant to be, and wants nothing behind them. */
    private static <T> List<T> read(byte[] bytes, int count, WireInput.Element<T> reader) throws IOException {
        WireInput in = new WireInput(new ByteArrayInputStream(bytes), 1 << 20);
        List<T> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(reader.read(in));
        }
        assertThat(in.atEnd()).isTrue();
        return values;
    }

    private static <T> byte[] written(List<T> values, WireOutput.Element<T> writer) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        WireOutput out = new WireOutput(bytes);
        for (T value : values) {
            writer.write(out, value);
        }
        out.flush();
        return bytes.toByteArray();
    }

    private static <T> void check(String file, List<T> meaning, Codec<T> codec) throws IOException {
        byte[] bytes = bytes(file);
        assertThat(read(bytes, meaning.size(), codec.reader())).isEqualTo(meaning);
        assertThat(written(meaning, codec.writer())).isEqualTo(bytes);
    }

    private static <T> void checkRead(String file, List<T> meaning, Codec<T> codec) throws IOException {
        assertThat(read(bytes(file), meaning.size(), codec.reader())).isEqualTo(meaning);
    }

    /** The values in the JSON: of an array each, else one. */
    private static <T> List<T> meanings(String file, Function<JsonNode, T> meaning) throws IOException {
        JsonNode json = json(file);
        return json.isArray() ? json.valueStream().map(meaning).toList() : List.of(meaning.apply(json));
    }

    private static StorePath path(JsonNode json) {
        return new StorePath(json.asText());
    }

    private static Optional<JsonNode> present(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isMissingNode() || value.isNull() ? Optional.empty() : Optional.of(value);
    }

    private static ContentAddress contentAddress(JsonNode json) {
        return new ContentAddress(
                ContentAddressMethod.parse(json.get("method").asText()),
                Hash.parse(json.get("hash").asText()));
    }

    private static Set<Signature> signatures(JsonNode json) {
        Set<Signature> all = new TreeSet<>();
        json.forEach(each -> all.add(
                each.isTextual()
                        ? Signature.parse(each.asText())
                        : new Signature(
                                each.get("keyName").asText(), each.get("sig").asText())));
        return all;
    }

    private static PathInfo pathInfo(JsonNode json, StorePath path) {
        Set<StorePath> references = new TreeSet<>();
        json.get("references").forEach(each -> references.add(path(each)));
        return new PathInfo(
                path,
                Hash.parse(json.get("narHash").asText(), HashAlgorithm.SHA256),
                json.get("narSize").asLong(),
                new TreeSet<>(references),
                present(json, "deriver").map(GoldenTest::path),
                Instant.ofEpochSecond(json.get("registrationTime").asLong()),
                json.get("ultimate").asBoolean(),
                new TreeSet<>(signatures(json.get("signatures"))),
                present(json, "ca").map(GoldenTest::contentAddress));
    }

    private static DerivedPath derivedPath(JsonNode json) {
        if (json.isTextual()) {
            return new DerivedPath.Opaque(path(json));
        }
        Set<String> outputs = new TreeSet<>();
        json.get("outputs").forEach(each -> outputs.add(each.asText()));
        return new DerivedPath.Built(
                SingleDerivedPath.of(path(json.get("drvPath"))),
                outputs.equals(Set.of("*")) ? new OutputsSpec.All() : OutputsSpec.of(outputs));
    }

    private static BuildResult buildResult(JsonNode json) {
        Map<String, Realisation> built = new TreeMap<>();
        present(json, "builtOutputs")
                .ifPresent(outputs -> outputs.properties()
                        .forEach(each -> built.put(
                                each.getKey(),
                                each.getValue().has("id")
                                        ? Realisation.fromJson(each.getValue())
                                        : new Realisation(
                                                RealisationCodec.dummy(each.getKey()),
                                                path(each.getValue().get("outPath")),
                                                new TreeSet<>(signatures(
                                                        each.getValue().get("signatures"))),
                                                new TreeMap<>()))));
        return new BuildResult(
                status(json.get("status").asText()),
                json.path("errorMsg").asText(""),
                json.get("timesBuilt").asLong(),
                json.path("isNonDeterministic").asBoolean(false),
                json.get("startTime").asLong(),
                json.get("stopTime").asLong(),
                present(json, "cpuUser").map(GoldenTest::micros),
                present(json, "cpuSystem").map(GoldenTest::micros),
                new TreeMap<>(built));
    }

    private static Duration micros(JsonNode json) {
        return Duration.ofNanos(json.asLong() * 1000);
    }

    private static BuildResult.Status status(String name) {
        for (BuildResult.Status status : BuildResult.Status.values()) {
            if (status.name().replace("_", "").equalsIgnoreCase(name)) {
                return status;
            }
        }
        throw new AssertionError("no status " + name);
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
                meanings(folder + "/store-path", GoldenTest::path),
                new Codec<>(in -> in.storePath(STORE), (out, path) -> out.storePath(STORE, path)));
        check(
                folder + "/optional-store-path",
                meanings(
                        folder + "/optional-store-path",
                        json -> json.isNull() ? Optional.<StorePath>empty() : Optional.of(path(json))),
                new Codec<>(in -> in.optionalStorePath(STORE), (out, path) -> out.optionalStorePath(STORE, path)));
        check(
                folder + "/content-address",
                meanings(folder + "/content-address", GoldenTest::contentAddress),
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
            check(file, meanings(file, GoldenTest::derivedPath), derivedPaths(minor));
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
            check(file, meanings(file, GoldenTest::buildResult), results(dialect(minor)));
        }
        // Made without dependent realisations and signatures, which older releases want.
        checkRead(
                folder + "1.29-compat",
                meanings(folder + "1.29-compat", GoldenTest::buildResult),
                results(dialect(29)));
        String feature = folder + "realisation-with-path-not-hash";
        check(feature, meanings(feature, GoldenTest::buildResult), results(FEATURE));
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

    /** The versions and marks of trust come in the middle of handshakes: they are read and written as parts of some. */
    @Test
    void handshakes() throws IOException {
        Map<String, Integer> files = Map.of(
                "client-handshake-info_1_30", 30, "client-handshake-info_1_33", 33, "client-handshake-info_1_35", 35);
        for (var each : files.entrySet()) {
            byte[] infos = bytes("worker-protocol/" + each.getKey());
            int minor = each.getValue();
            ByteArrayInputStream rest = new ByteArrayInputStream(infos);
            int count = 0;
            do {
                ServerGreeting greeting = greet(minor, rest);
                assertThat(greeting.nixVersion()).isEqualTo(minor < 33 ? Optional.empty() : greeting.nixVersion());
                byte[] said = said(minor, greeting);
                assertThat(said)
                        .isEqualTo(Arrays.copyOfRange(
                                infos, infos.length - rest.available() - said.length, infos.length - rest.available()));
                count++;
            } while (rest.available() > 0);
            assertThat(count).isGreaterThan(0);
        }
        byte[] trust = bytes("worker-protocol/optional-trusted-flag");
        for (int i = 0; i < 3; i++) {
            byte[] one = new byte[16];
            System.arraycopy(trust, 8 * i, one, 8, 8);
            assertThat(greet(35, new ByteArrayInputStream(one)).trusted())
                    .isEqualTo(List.of(TrustedFlag.UNKNOWN, TrustedFlag.TRUSTED, TrustedFlag.NOT_TRUSTED)
                            .get(i));
        }
        byte[] toClient = bytes("worker-protocol/handshake-to-client");
        WireInput in = new WireInput(new ByteArrayInputStream(toClient), 1000);
        assertThat(in.u64()).isEqualTo(Dialect.SERVER_MAGIC);
        assertThat(Dialect.majorOf(in.u64())).isEqualTo(1);
    }

    /** What a client hears in a server's greeting that goes on with these bytes. */
    private static ServerGreeting greet(int minor, InputStream rest) throws IOException {
        ByteArrayOutputStream start = new ByteArrayOutputStream();
        WireOutput out = new WireOutput(start);
        out.u64(Dialect.SERVER_MAGIC);
        out.u64(Dialect.version(minor));
        out.flush();
        // Byte by byte, so that nothing is taken ahead.
        InputStream all = new SequenceInputStream(new ByteArrayInputStream(start.toByteArray()), rest) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return super.read(bytes, offset, Math.min(1, length));
            }
        };
        WireInput in = new WireInput(all, 1 << 20);
        return new ClientHandshake(in, new WireOutput(OutputStream.nullOutputStream()))
                .agree(STORE, Dialect.NEWEST, Set.of());
    }

    /** What a server says of that. */
    private static byte[] said(int minor, ServerGreeting greeting) throws IOException {
        ByteArrayOutputStream hello = new ByteArrayOutputStream();
        WireOutput client = new WireOutput(hello);
        client.u64(Dialect.CLIENT_MAGIC);
        client.u64(Dialect.version(minor));
        client.u64(0);
        client.u64(0);
        client.flush();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        WireOutput out = new WireOutput(bytes);
        FakeStore service = new FakeStore(Set.of()) {
            @Override
            public String nixVersion() {
                return greeting.nixVersion().orElse("");
            }

            @Override
            public TrustedFlag trustedFlag(boolean trusted) {
                return greeting.trusted();
            }
        };
        new ServerHandshake(new WireInput(new ByteArrayInputStream(hello.toByteArray()), 1000), out, service)
                .agree(Dialect.NEWEST, true);
        out.flush();
        byte[] all = bytes.toByteArray();
        return Arrays.copyOfRange(all, 16, all.length);
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
