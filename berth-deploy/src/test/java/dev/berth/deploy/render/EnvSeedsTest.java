package dev.berth.deploy.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Values of Secrets that only the environment has. */
class EnvSeedsTest {
    private static final Map<String, String> ENVIRONMENT = Map.of("A", "secret \" value", "B", "");

    private static Rendered rendered(String json) {
        return new Rendered(
                List.of(KubeObject.of(Json.parse("x.json", json), "x.json")), new TreeMap<>(), DeploymentSettings.NONE);
    }

    @Test
    void namesBecomeValues() {
        Rendered before = rendered("""
                {"kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "$ekn:env:A", "b": "$ekn:env:B", "c": "x $ekn:env:A"}}""");
        Rendered after = EnvSeeds.resolve(before, ENVIRONMENT);
        assertThat(after.objects().getFirst().json().path("stringData"))
                .isEqualTo(Json.parse("", "{\"a\": \"secret \\\" value\", \"b\": \"\", \"c\": \"x $ekn:env:A\"}"));
        // What is printed has the names.
        assertThat(before.objects().getFirst().json().toString())
                .contains("$ekn:env:A\"")
                .doesNotContain("secret");
    }

    @Test
    void whatCannotBePutInIsNamed() {
        assertRefused(
                "{\"kind\": \"Secret\", \"metadata\": {\"name\": \"s\"}, \"stringData\": {\"a\": \"$ekn:env:GONE\"}}",
                "Secret/s: stringData.a is the environment variable GONE, which is not set");
        assertRefused(
                "{\"kind\": \"Secret\", \"metadata\": {\"name\": \"s\"}, \"data\": {\"a\": \"$ekn:env:A\"}}",
                "Secret/s: data.a names an environment variable ($ekn:env:A), which only values");
        assertRefused(
                "{\"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"c\"}, \"data\": {\"a\": [0, \"$ekn:env:A\"]}}",
                "ConfigMap/c: data.a[1] names an environment variable");
    }

    private static void assertRefused(String json, String message) {
        assertThatThrownBy(() -> EnvSeeds.resolve(rendered(json), ENVIRONMENT))
                .isInstanceOf(RenderException.class)
                .hasMessageContaining(message);
    }
}
