package dev.berth.nix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Golden options of derivations, as the JSON that Nix has for them. */
class DerivationOptionsTest {
    private static final StoreDir DIR = StoreDir.DEFAULT;

    @ParameterizedTest
    @CsvSource({
        "ia/advanced-attributes, ia/derivation-options/all_set",
        "ia/advanced-attributes-defaults, ia/derivation-options/defaults",
        "ia/advanced-attributes-structured-attrs, ia/derivation-options/structuredAttrs_all_set",
        "ia/advanced-attributes-structured-attrs-defaults, ia/derivation-options/structuredAttrs_defaults",
        "ca/advanced-attributes, ca/derivation-options/all_set",
        "ca/advanced-attributes-structured-attrs, ca/derivation-options/structuredAttrs_all_set",
        "try-resolve/export-ref-subpath-before, try-resolve/export-ref-subpath-before-options",
        "try-resolve/export-ref-subpath-resolved, try-resolve/export-ref-subpath-resolved-options",
    })
    void goldenOptions(String derivation, String options) {
        Derivation read = DerivationJson.read(Golden.json("derivation/" + derivation + ".json"));
        assertEquals(
                Json.print(Golden.json("derivation/" + options + ".json")),
                Json.print(json(DerivationOptions.of(DIR, read))));
    }

    @Test
    void malformedOptionsAreRefused() {
        Derivation none = DerivationJson.read(Golden.json("derivation/simple-derivation.json"));
        for (Map<String, String> env : List.of(
                Map.of("exportReferencesGraph", "a"),
                Map.of("exportReferencesGraph", "1 /nix/store/c015dhfh5l0lp6wxyvdn7bmwhbbr6hr9-dep1"),
                Map.of("exportReferencesGraph", "a /etc/passwd"),
                Map.of("allowedReferences", "/nix/store/x"),
                Map.of("__json", "[]"),
                Map.of("__json", "{"),
                Map.of("__json", "{\"__noChroot\":\"1\"}"),
                Map.of("__json", "{\"outputChecks\":{\"out\":1}}"),
                Map.of("__json", "{\"outputChecks\":{\"out\":{\"maxSize\":-1}}}"),
                Map.of("__json", "{\"exportReferencesGraph\":{\"a\":{}}}"),
                Map.of("__json", "{\"exportReferencesGraph\":{\"a\":" + "[".repeat(99) + "]".repeat(99) + "}}"))) {
            assertThrows(
                    FormatException.class,
                    () -> DerivationOptions.of(DIR, none.with(none.outputs(), env)),
                    env::toString);
        }
    }

    private static JsonNode json(DerivationOptions options) {
        ObjectNode json = Json.object()
                .put("additionalSandboxProfile", options.sandboxProfile())
                .put("allowLocalNetworking", options.allowLocalNetworking())
                .put("allowSubstitutes", options.allowSubstitutes())
                .put("noChroot", options.noChroot())
                .put("preferLocalBuild", options.preferLocalBuild());
        json.set("impureEnvVars", Json.strings(options.impureEnvVars(), name -> name));
        json.set("impureHostDeps", Json.strings(options.impureHostDeps(), name -> name));
        json.set("passAsFile", Json.strings(options.passAsFile(), name -> name));
        json.set("requiredSystemFeatures", Json.strings(options.requiredSystemFeatures(), name -> name));
        ObjectNode graphs = json.putObject("exportReferencesGraph");
        options.exportReferencesGraph().forEach((file, paths) -> {
            var array = graphs.putArray(file);
            paths.forEach(path -> array.add(DerivedPathJson.write(path)));
        });
        ObjectNode discarded = json.putObject("unsafeDiscardReferences");
        options.unsafeDiscardReferences().forEach(discarded::put);
        ObjectNode checks = json.putObject("outputChecks");
        switch (options.checks()) {
            case DerivationOptions.Checks.ForAll(OutputChecks all) -> checks.set("forAllOutputs", json(all));
            case DerivationOptions.Checks.PerOutput(var byOutput) -> {
                ObjectNode each = checks.putObject("perOutput");
                byOutput.forEach((output, check) -> each.set(output, json(check)));
            }
        }
        return json;
    }

    private static JsonNode json(OutputChecks checks) {
        ObjectNode json = Json.object().put("ignoreSelfRefs", checks.ignoreSelfRefs());
        json.putNull("maxSize").putNull("maxClosureSize");
        checks.maxSize().ifPresent(size -> json.put("maxSize", size));
        checks.maxClosureSize().ifPresent(size -> json.put("maxClosureSize", size));
        put(json, "allowedReferences", checks.allowedReferences());
        put(json, "allowedRequisites", checks.allowedRequisites());
        put(json, "disallowedReferences", Optional.of(checks.disallowedReferences()));
        put(json, "disallowedRequisites", Optional.of(checks.disallowedRequisites()));
        return json;
    }

    private static void put(ObjectNode json, String name, Optional<NavigableSet<OutputChecks.Reference>> references) {
        json.putNull(name);
        references.ifPresent(all -> {
            var array = json.putArray(name);
            for (OutputChecks.Reference reference : all) {
                array.add(
                        switch (reference) {
                            case OutputChecks.Reference.Own(String output) ->
                                Json.object().put("drvPath", "self").put("output", output);
                            case OutputChecks.Reference.Input(SingleDerivedPath path) -> DerivedPathJson.write(path);
                        });
            }
        });
    }
}
