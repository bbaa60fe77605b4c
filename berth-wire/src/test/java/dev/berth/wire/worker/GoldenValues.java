package dev.berth.wire.worker;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StorePath;
import dev.berth.wire.BuildResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the JSON beside the golden bytes means. */
final class GoldenValues {
    private GoldenValues() {}

    static StorePath path(JsonNode json) {
        return new StorePath(json.asText());
    }

    static Optional<JsonNode> present(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isMissingNode() || value.isNull() ? Optional.empty() : Optional.of(value);
    }

    static ContentAddress contentAddress(JsonNode json) {
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

    static PathInfo pathInfo(JsonNode json, StorePath path) {
        Set<StorePath> references = new TreeSet<>();
        json.get("references").forEach(each -> references.add(path(each)));
        return new PathInfo(
                path,
                Hash.parse(json.get("narHash").asText(), HashAlgorithm.SHA256),
                json.get("narSize").asLong(),
                new TreeSet<>(references),
                present(json, "deriver").map(GoldenValues::path),
                Instant.ofEpochSecond(json.get("registrationTime").asLong()),
                json.get("ultimate").asBoolean(),
                new TreeSet<>(signatures(json.get("signatures"))),
                present(json, "ca").map(GoldenValues::contentAddress));
    }

    static DerivedPath derivedPath(JsonNode json) {
        if (json.isTextual()) {
            return new DerivedPath.Opaque(path(json));
        }
        Set<String> outputs = new TreeSet<>();
        json.get("outputs").forEach(each -> outputs.add(each.asText()));
        return new DerivedPath.Built(
                SingleDerivedPath.of(path(json.get("drvPath"))),
                outputs.equals(Set.of("*")) ? new OutputsSpec.All() : OutputsSpec.of(outputs));
    }

    static BuildResult buildResult(JsonNode json) {
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
                present(json, "cpuUser").map(GoldenValues::micros),
                present(json, "cpuSystem").map(GoldenValues::micros),
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
}
