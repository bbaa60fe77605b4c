package dev.berth.deploy.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The settings of a deployment, from the JSON that the modules make. */
class SettingsReaderTest {
    private static DeploymentSettings read(String json) {
        return SettingsReader.read(Json.parse("shop.nix", json), "shop.nix: deployment");
    }

    @Test
    void everySettingIsRead() {
        DeploymentSettings settings = read("""
                {"assertCached": ["https://c"], "cacheAcceptNewHostKeys": false, "cacheTimeoutSec": 7, "cacheTo": ["ssh://a", "file:///b"],
                 "discriminator": "shop", "environment": "staging", "failCachePush": false, "fieldManager": "fm", "postDeployScript": "after",
                 "preApplyCommand": "cmd", "preDeployScript": "before", "resourcePriority": {"Pod": 3, "Shop": -1}}""");
        assertThat(settings)
                .isEqualTo(new DeploymentSettings(
                        Optional.of("shop"),
                        Optional.of("staging"),
                        "fm",
                        new CacheSettings(
                                List.of("ssh://a", "file:///b"),
                                List.of("https://c"),
                                false,
                                Duration.ofSeconds(7),
                                false),
                        new DeploymentScripts(Optional.of("cmd"), "before", "after"),
                        Map.of("Pod", 3, "Shop", -1)));
    }

    @Test
    void whatIsNotSaidHasADefault() {
        assertThat(read("{}")).isEqualTo(DeploymentSettings.NONE);
        assertThat(read("{\"discriminator\": null, \"environment\": null, \"preApplyCommand\": null}"))
                .isEqualTo(DeploymentSettings.NONE);
        assertThat(read("{\"cacheTimeoutSec\": null}").cache().timeout()).isGreaterThan(Duration.ofDays(1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            []                              | shop.nix: deployment is a list, not the settings that Berth's modules make
            {"pushTo": []}                  | shop.nix: deployment.pushTo is not known: the file's Berth modules are newer
            {"discriminator": 1}            | shop.nix: deployment.discriminator is a number, not a text
            {"cacheTo": "file:///x"}        | shop.nix: deployment.cacheTo is a text, not a list of texts
            {"assertCached": [""]}          | shop.nix: deployment.assertCached is an empty text, not a text
            {"failCachePush": "no"}         | shop.nix: deployment.failCachePush is a text, not a boolean
            {"cacheTimeoutSec": 0}          | shop.nix: deployment.cacheTimeoutSec is a number, not a number of seconds above 0
            {"cacheTimeoutSec": 1.5}        | shop.nix: deployment.cacheTimeoutSec is a number
            {"resourcePriority": []}        | shop.nix: deployment.resourcePriority is a list, not a set of numbers by kind
            {"resourcePriority": {"A": ""}} | shop.nix: deployment.resourcePriority.A is an empty text, not a whole number
            """)
    void whatIsWrongIsNamed(String json, String message) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(RenderException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }
}
