package dev.berth.nix;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The JSON of derivations, version 4, as {@code nix derivation show} writes it (libstore/derivation/json.cc). */
public final class DerivationJson {
    /** The version of the format. */
    public static final int VERSION = 4;

    private DerivationJson() {}

    /**
     * Writes a derivation.
     *
     * @throws FormatException if its structured attributes are no JSON
     */
    public static ObjectNode write(Derivation derivation) {
        ObjectNode inputs = Json.object();
        inputs.set("srcs", Json.strings(derivation.inputSources(), StorePath::baseName));
        ObjectNode derivations = inputs.putObject("drvs");
        derivation.inputDerivations().forEach((path, input) -> derivations.set(path.baseName(), write(input)));
        return write(derivation, inputs);
    }

    /**
     * Writes a resolved derivation, whose inputs are store paths only, with these as a plain array.
     *
     * @throws FormatException if it has input derivations, or its structured attributes are no JSON
     */
    public static ObjectNode writeResolved(Derivation derivation) {
        if (!derivation.inputDerivations().isEmpty()) {
            throw new FormatException("derivation '" + derivation.name() + "' is not resolved");
        }
        return write(derivation, Json.strings(derivation.inputSources(), StorePath::baseName));
    }

    private static ObjectNode write(Derivation derivation, JsonNode inputs) {
        ObjectNode json = Json.object()
                .put("name", derivation.name())
                .put("version", VERSION)
                .put("system", derivation.system())
                .put("builder", derivation.builder());
        ObjectNode outputs = json.putObject("outputs");
        derivation.outputs().forEach((name, output) -> outputs.set(name, write(output)));
        json.set("inputs", inputs);
        json.set("args", Json.strings(derivation.args(), arg -> arg));
        ObjectNode env = json.putObject("env");
        derivation.env().forEach((name, value) -> {
            if (name.equals(Derivation.STRUCTURED_ATTRS)) {
                json.set("structuredAttrs", Json.object(Json.parse(value)));
            } else {
                env.put(name, value);
            }
        });
        return json;
    }

    private static ObjectNode write(InputOutputs input) {
        ObjectNode json = Json.object();
        json.set("outputs", Json.strings(input.outputs(), name -> name));
        ObjectNode dynamic = json.putObject("dynamicOutputs");
        input.dynamic().forEach((name, child) -> dynamic.set(name, write(child)));
        return json;
    }

    /** Writes one output. */
    public static ObjectNode write(DerivationOutput output) {
        return switch (output) {
            case DerivationOutput.InputAddressed(StorePath path) ->
                Json.object().put("path", path.baseName());
            case DerivationOutput.Fixed(ContentAddress ca) -> Json.contentAddress(ca);
            case DerivationOutput.Floating(ContentAddressMethod method, HashAlgorithm algorithm) ->
                Json.object().put("hashAlgo", algorithm.text()).put("method", method.text());
            case DerivationOutput.Deferred _ -> Json.object();
            case DerivationOutput.Impure(ContentAddressMethod method, HashAlgorithm algorithm) ->
                Json.object()
                        .put("hashAlgo", algorithm.text())
                        .put("impure", true)
                        .put("method", method.text());
        };
    }

    /**
     * Reads a derivation.
     *
     * @throws FormatException if a member is missing or wrong, or the version is another one
     */
    public static Derivation read(JsonNode json) {
        long version = Json.unsigned(Json.member(json, "version"));
        if (version != VERSION) {
            throw new FormatException("derivation JSON has version " + version + ", only " + VERSION + " can be read");
        }
        Map<String, DerivationOutput> outputs = new TreeMap<>();
        Json.members(Json.member(json, "outputs"), each -> outputs.put(each.getKey(), readOutput(each.getValue())));
        JsonNode inputs = Json.member(json, "inputs");
        JsonNode sources = inputs.isArray() ? inputs : Json.member(inputs, "srcs");
        TreeMap<StorePath, InputOutputs> derivations = new TreeMap<>();
        if (!inputs.isArray()) {
            Json.members(
                    Json.member(inputs, "drvs"),
                    each -> derivations.put(new StorePath(each.getKey()), readInput(each.getValue(), 1)));
        }
        return new Derivation(
                Json.string(Json.member(json, "name")),
                new TreeMap<>(outputs),
                new TreeSet<>(Json.list(sources, path -> new StorePath(Json.string(path)))),
                derivations,
                Json.string(Json.member(json, "system")),
                Json.string(Json.member(json, "builder")),
                Json.list(Json.member(json, "args"), Json::string),
                Derivation.sorted(readEnv(json)));
    }

    private static Map<String, String> readEnv(JsonNode json) {
        Map<String, String> env = new TreeMap<>();
        Json.members(Json.member(json, "env"), each -> env.put(each.getKey(), Json.string(each.getValue())));
        Json.optional(json, "structuredAttrs").ifPresent(attrs -> {
            if (env.put(Derivation.STRUCTURED_ATTRS, Json.print(Json.object(attrs))) != null) {
                throw new FormatException("derivation JSON has structured attributes and a variable '"
                        + Derivation.STRUCTURED_ATTRS + "'");
            }
        });
        return env;
    }

    private static InputOutputs readInput(JsonNode json, int depth) {
        if (depth > SingleDerivedPath.MAX_DEPTH) {
            throw new FormatException("dynamic derivations nest deeper than " + SingleDerivedPath.MAX_DEPTH);
        }
        TreeMap<String, InputOutputs> dynamic = new TreeMap<>();
        Json.members(
                Json.member(json, "dynamicOutputs"),
                each -> dynamic.put(each.getKey(), readInput(each.getValue(), depth + 1)));
        return new InputOutputs(new TreeSet<>(Json.list(Json.member(json, "outputs"), Json::string)), dynamic);
    }

    /** Reads one output. @throws FormatException if its members are those of no kind */
    public static DerivationOutput readOutput(JsonNode json) {
        Set<String> members = new TreeSet<>();
        Json.members(json, member -> members.add(member.getKey()));
        if (members.isEmpty()) {
            return new DerivationOutput.Deferred();
        }
        if (members.equals(Set.of("path"))) {
            return new DerivationOutput.InputAddressed(new StorePath(Json.string(Json.member(json, "path"))));
        }
        if (members.equals(Set.of("method", "hash"))) {
            return new DerivationOutput.Fixed(Json.contentAddress(json));
        }
        boolean impure = members.contains("impure");
        if (!members.equals(impure ? Set.of("method", "hashAlgo", "impure") : Set.of("method", "hashAlgo"))) {
            throw new FormatException("derivation JSON has an output of no kind, with "
                    + FormatException.quote(String.join(", ", members)));
        }
        ContentAddressMethod method = ContentAddressMethod.parse(Json.string(Json.member(json, "method")));
        HashAlgorithm algorithm = HashAlgorithm.parse(Json.string(Json.member(json, "hashAlgo")));
        return impure
                ? new DerivationOutput.Impure(method, algorithm)
                : new DerivationOutput.Floating(method, algorithm);
    }
}
