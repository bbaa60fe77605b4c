package dev.berth.wire.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.testing.Project;
import dev.berth.wire.BuildResult;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every file that Nix's own tests of the serve protocol read and write: read to what it means, and written back. */
final class ServeGoldenTest {
    private static final StorePath DERIVATION = new StorePath("g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar.drv");
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Path file(String name) {
        return Project.golden().resolve("serve-protocol").resolve(name);
    }

    private static JsonNode json(String name) throws IOException {
        return JSON.readTree(file(name + ".json").toFile());
    }

    @FunctionalInterface
    private interface Reader<T> {
        T read(WireInput in, JsonNode meaning) throws IOException;
    }

    @FunctionalInterface
    private interface Writer<T> {
        void write(WireOutput out, T value) throws IOException;
    }

    /** Reads as many values as the meaning has, checks each by the reader, and writes them back. */
    private static <T> void check(String name, Reader<T> reader, Writer<T> writer) throws IOException {
        byte[] bytes = Files.readAllBytes(file(name + ".bin"));
        JsonNode meaning = json(name);
        WireInput in = new WireInput(new ByteArrayInputStream(bytes), 1 << 20);
        List<T> values = new ArrayList<>();
        for (JsonNode each :
                meaning.isArray() ? meaning : JSON.createArrayNode().add(meaning)) {
            values.add(reader.read(in, each));
        }
        assertThat(in.atEnd()).isTrue();
        assertThat(written(out -> {
                    for (T value : values) {
                        writer.write(out, value);
                    }
                }))
                .isEqualTo(bytes);
    }

    @FunctionalInterface
    private interface Writing {
        void run(WireOutput out) throws IOException;
    }

    private static byte[] written(Writing writing) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        WireOutput out = new WireOutput(bytes);
        writing.run(out);
        out.flush();
        return bytes.toByteArray();
    }

    @TestFactory
    List<DynamicTest> buildResults() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String version : List.of("2.2", "2.3", "2.6", "2.7-compat", "2.8")) {
            ServeCodec codec = codec(Integer.parseInt(version.substring(2, 3)));
            tests.add(DynamicTest.dynamicTest(
                    version,
                    () -> check(
                            "build-result-" + version,
                            (in, json) -> {
                                BuildResult result = codec.readBuildResult(in, DERIVATION);
                                assertThat(result.status().name().replace("_", ""))
                                        .isEqualTo(json.get("status").asText().toUpperCase(Locale.ROOT));
                                assertThat(result.status().success())
                                        .isEqualTo(json.get("success").asBoolean());
                                assertThat(result.errorMsg())
                                        .isEqualTo(json.path("errorMsg").asText());
                                assertThat(result.timesBuilt())
                                        .isEqualTo(json.get("timesBuilt").asLong());
                                assertThat(result.startTime())
                                        .isEqualTo(json.get("startTime").asLong());
                                assertThat(result.stopTime())
                                        .isEqualTo(json.get("stopTime").asLong());
                                assertThat(result.isNonDeterministic())
                                        .isEqualTo(
                                                json.path("isNonDeterministic").asBoolean());
                                JsonNode outputs = json.path("builtOutputs");
                                assertThat(result.builtOutputs()).hasSize(outputs.size());
                                result.builtOutputs()
                                        .forEach((name, realisation) -> assertThat(
                                                        realisation.outPath().baseName())
                                                .isEqualTo(outputs.get(name)
                                                        .get("outPath")
                                                        .asText()));
                                return version.endsWith("compat") ? byPath(result) : result;
                            },
                            codec::writeBuildResult)));
        }
        return tests;
    }

    /** As a store has it that knows realisations by path only, for which that form is written. */
    private static BuildResult byPath(BuildResult result) {
        TreeMap<String, Realisation> outputs = new TreeMap<>();
        result.builtOutputs()
                .forEach((name, each) ->
                        outputs.put(name, Realisation.of(new DrvOutput.ByPath(DERIVATION, name), each.outPath())));
        return new BuildResult(
                result.status(),
                result.errorMsg(),
                result.timesBuilt(),
                result.isNonDeterministic(),
                result.startTime(),
                result.stopTime(),
                Optional.empty(),
                Optional.empty(),
                outputs);
    }

    private static ServeCodec codec(int minor) {
        return new ServeCodec(StoreDir.DEFAULT, minor);
    }

    @TestFactory
    List<DynamicTest> pathInfos() {
        List<DynamicTest> tests = new ArrayList<>();
        for (int minor : List.of(3, 4)) {
            ServeCodec codec = codec(minor);
            StorePath path = new StorePath("g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar");
            tests.add(DynamicTest.dynamicTest(
                    "2." + minor,
                    () -> check(
                            "unkeyed-valid-path-info-2." + minor,
                            (in, json) -> {
                                PathInfo info = codec.readPathInfo(in, path);
                                assertThat(info).isEqualTo(expected(path, json));
                                return info;
                            },
                            codec::writePathInfo)));
        }
        return tests;
    }

    private static PathInfo expected(StorePath path, JsonNode json) {
        TreeSet<StorePath> references = new TreeSet<>();
        json.get("references").forEach(each -> references.add(new StorePath(each.asText())));
        TreeSet<Signature> signatures = new TreeSet<>();
        json.get("signatures")
                .forEach(each -> signatures.add(new Signature(
                        each.get("keyName").asText(), each.get("sig").asText())));
        return new PathInfo(
                path,
                Hash.parse(json.get("narHash").asText()),
                json.get("narSize").asLong(),
                references,
                text(json.get("deriver")).map(StorePath::new),
                Instant.EPOCH,
                false,
                signatures,
                Optional.of(json.get("ca")).filter(ca -> !ca.isNull()).map(ServeGoldenTest::address));
    }

    private static Optional<String> text(JsonNode json) {
        return json.isNull() ? Optional.empty() : Optional.of(json.asText());
    }

    private static ContentAddress address(JsonNode json) {
        return new ContentAddress(
                ContentAddressMethod.parse(json.get("method").asText()),
                Hash.parse(json.get("hash").asText()));
    }

    @Test
    void buildOptions() throws IOException {
        for (int minor : List.of(1, 2, 3, 7)) {
            byte[] bytes = Files.readAllBytes(file("build-options-2." + minor + ".bin"));
            WireInput in = new WireInput(new ByteArrayInputStream(bytes), 1 << 20);
            BuildOptions options = BuildOptions.read(in, minor);
            assertThat(in.atEnd()).isTrue();
            assertThat(options)
                    .isEqualTo(new BuildOptions(5, 6, minor >= 2 ? 7 : 0, minor >= 3 ? 8 : 0, minor == 3, minor >= 7));
            assertThat(written(out -> options.write(out, minor))).isEqualTo(bytes);
        }
    }

    @Test
    void realisations() throws IOException {
        ServeCodec codec = codec(8);
        check(
                "realisation-2.8",
                (in, json) -> {
                    Realisation realisation = codec.readRealisation(in);
                    assertThat(realisation).isEqualTo(Realisation.fromJson(json));
                    return realisation;
                },
                codec::writeRealisation);
        Realisation whole = Realisation.fromJson(json("realisation-2.8"));
        check(
                "unkeyed-realisation-2.8",
                (in, json) -> {
                    Realisation realisation = codec.readUnkeyed(in, whole.id());
                    assertThat(realisation).isEqualTo(whole);
                    return realisation;
                },
                codec::writeUnkeyed);
        check(
                "drv-output-2.8",
                (in, json) -> {
                    DrvOutput.ByPath output = codec.readOutput(in);
                    assertThat(output.drvPath().baseName())
                            .isEqualTo(json.get("drvPath").asText());
                    assertThat(output.outputName())
                            .isEqualTo(json.get("outputName").asText());
                    return output;
                },
                codec::writeOutput);
    }

    /** What stands as JSON or as a text in a string. */
    @Test
    void olderRealisations() throws IOException {
        check(
                "drv-output",
                (in, json) -> {
                    String text = in.text();
                    assertThat(text).isEqualTo(json.asText());
                    return DrvOutput.parseByHash(text);
                },
                (out, output) -> out.text(output.print()));
        for (String name : List.of("realisation", "realisation-with-deps")) {
            // Only read: Nix has written signatures in two forms, and here the older one is written.
            WireInput in = new WireInput(new ByteArrayInputStream(Files.readAllBytes(file(name + ".bin"))), 1 << 20);
            for (JsonNode json : json(name)) {
                assertThat(Realisation.parse(in.text())).isEqualTo(Realisation.fromJson(json));
            }
            assertThat(in.atEnd()).isTrue();
        }
    }

    @Test
    void handshake() throws IOException {
        // The server's, of version 2.5.
        byte[] bytes = Files.readAllBytes(file("handshake-to-client.bin"));
        assertThat(written(out -> {
                    out.u64(ServeProtocol.SERVER_MAGIC);
                    out.u64(ServeProtocol.version(5));
                }))
                .isEqualTo(bytes);
    }

    @Test
    void primitives() throws IOException {
        check(
                "store-path",
                (in, json) -> {
                    StorePath path = in.storePath(StoreDir.DEFAULT);
                    assertThat(path.baseName()).isEqualTo(json.asText());
                    return path;
                },
                (out, path) -> out.storePath(StoreDir.DEFAULT, path));
        check(
                "optional-store-path",
                (in, json) -> {
                    Optional<StorePath> path = in.optionalStorePath(StoreDir.DEFAULT);
                    assertThat(path.map(StorePath::baseName)).isEqualTo(text(json));
                    return path;
                },
                (out, path) -> out.optionalStorePath(StoreDir.DEFAULT, path));
        check(
                "content-address",
                (in, json) -> {
                    ContentAddress address = in.contentAddress();
                    assertThat(address).isEqualTo(address(json));
                    return address;
                },
                (out, address) -> out.optionalContentAddress(Optional.of(address)));
        check(
                "optional-content-address",
                (in, json) -> {
                    Optional<ContentAddress> address = in.optionalContentAddress();
                    assertThat(address.isEmpty()).isEqualTo(json.isNull());
                    return address;
                },
                WireOutput::optionalContentAddress);
        check(
                "string",
                (in, json) -> {
                    String text = in.text();
                    assertThat(text).isEqualTo(json.asText());
                    return text;
                },
                WireOutput::text);
    }

    @Test
    void collections() throws IOException {
        for (String name : List.of("set", "vector")) {
            byte[] bytes = Files.readAllBytes(file(name + ".bin"));
            WireInput in = new WireInput(new ByteArrayInputStream(bytes), 1 << 20);
            JsonNode meaning = json(name);
            List<List<String>> flat = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                flat.add(in.list(WireInput::text));
                assertThat(flat.get(i)).isEqualTo(JSON.convertValue(meaning.get(i), List.class));
            }
            List<List<String>> nested = in.list(each -> each.list(WireInput::text));
            assertThat(nested).isEqualTo(JSON.convertValue(meaning.get(3), List.class));
            assertThat(in.atEnd()).isTrue();
            assertThat(written(out -> {
                        for (List<String> each : flat) {
                            out.texts(each);
                        }
                        out.list(nested, WireOutput::texts);
                    }))
                    .isEqualTo(bytes);
        }
    }
}
