package dev.berth.nix;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Set;
import java.util.TreeSet;

/** The JSON of derived paths and of the outputs in them (libstore/derived-path.cc, outputs-spec.cc). */
public final class DerivedPathJson {
    private DerivedPathJson() {}

    /** Writes one path. */
    public static JsonNode write(SingleDerivedPath path) {
        return switch (path) {
            case SingleDerivedPath.Opaque(StorePath storePath) -> TextNode.valueOf(storePath.baseName());
            case SingleDerivedPath.Built(SingleDerivedPath drvPath, String output) ->
                Json.object().put("output", output).set("drvPath", write(drvPath));
        };
    }

    /** Reads one path. @throws FormatException if it is none */
    public static SingleDerivedPath readSingle(JsonNode json) {
        return json.isTextual()
                ? new SingleDerivedPath.Opaque(new StorePath(Json.string(json)))
                : new SingleDerivedPath.Built(
                        readSingle(Json.member(json, "drvPath")), Json.string(Json.member(json, "output")));
    }

    /** Writes a path, or outputs of a derivation. */
    public static JsonNode write(DerivedPath path) {
        return switch (path) {
            case DerivedPath.Opaque(StorePath storePath) -> TextNode.valueOf(storePath.baseName());
            case DerivedPath.Built(SingleDerivedPath drvPath, OutputsSpec outputs) -> {
                var json = Json.object();
                json.set("drvPath", write(drvPath));
                json.set("outputs", write(outputs));
                yield json;
            }
        };
    }

    /** Reads a path, or outputs of a derivation. @throws FormatException if it is neither */
    public static DerivedPath read(JsonNode json) {
        return json.isTextual()
                ? new DerivedPath.Opaque(new StorePath(Json.string(json)))
                : new DerivedPath.Built(
                        readSingle(Json.member(json, "drvPath")), readOutputs(Json.member(json, "outputs")));
    }

    /** Writes outputs: an array of names, or of a star. */
    public static JsonNode write(OutputsSpec outputs) {
        return switch (outputs) {
            case OutputsSpec.All _ -> Json.array().add("*");
            case OutputsSpec.Names(var names) -> Json.strings(names, name -> name);
        };
    }

    /** Reads outputs. @throws FormatException if they are none */
    public static OutputsSpec readOutputs(JsonNode json) {
        var names = new TreeSet<>(Json.list(json, Json::string));
        return names.equals(Set.of("*")) ? new OutputsSpec.All() : OutputsSpec.of(names);
    }

    /** Writes outputs or a default, which is null. */
    public static JsonNode write(ExtendedOutputsSpec outputs) {
        return switch (outputs) {
            case ExtendedOutputsSpec.Default _ -> NullNode.getInstance();
            case ExtendedOutputsSpec.Explicit(OutputsSpec named) -> write(named);
        };
    }

    /** Reads outputs or a default. @throws FormatException if it is neither */
    public static ExtendedOutputsSpec readExtended(JsonNode json) {
        return json.isNull() ? new ExtendedOutputsSpec.Default() : new ExtendedOutputsSpec.Explicit(readOutputs(json));
    }
}
