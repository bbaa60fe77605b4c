package dev.berth.deploy.render;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads {@link DeploymentSettings} from the JSON of {@code nix/kubernetes/deploy.nix}'s {@code berth.settings}. A name
 * that is not known is an error: the modules may be newer than this program, and to pass over a check is no way to deploy.
 */
final class SettingsReader {
    private static final Set<String> KNOWN = Set.of(
            "assertCached",
            "cacheAcceptNewHostKeys",
            "cacheTimeoutSec",
            "cacheTo",
            "discriminator",
            "environment",
            "failCachePush",
            "fieldManager",
            "postDeployScript",
            "preApplyCommand",
            "preDeployScript",
            "resourcePriority");

    /** What a push that may take for ever gets. */
    private static final Duration LONGEST = Duration.ofDays(7);

    private final JsonNode json;
    private final String where;

    private SettingsReader(JsonNode json, String where) {
        this.json = json;
        this.where = where;
    }

    /**
     * @param where what to call it in errors, such as {@code shop.nix: deployment}
     * @throws RenderException naming the setting that is not what it should be
     */
    static DeploymentSettings read(JsonNode json, String where) {
        if (!json.isObject()) {
            throw new RenderException(
                    where + " is " + Json.typeOf(json) + ", not the settings that Berth's modules make");
        }
        Set<String> unknown = new TreeSet<>();
        json.fieldNames().forEachRemaining(unknown::add);
        unknown.removeAll(KNOWN);
        if (!unknown.isEmpty()) {
            throw new RenderException(where + "." + String.join(", ", unknown)
                    + " is not known: the file's Berth modules are newer than this program");
        }
        return new SettingsReader(json, where).read();
    }

    private DeploymentSettings read() {
        return new DeploymentSettings(
                text("discriminator"),
                text("environment"),
                text("fieldManager").orElse(DeploymentSettings.FIELD_MANAGER),
                new CacheSettings(
                        texts("cacheTo"),
                        texts("assertCached"),
                        flag("failCachePush", true),
                        timeout(),
                        flag("cacheAcceptNewHostKeys", true)),
                new DeploymentScripts(
                        text("preApplyCommand"),
                        text("preDeployScript").orElse(""),
                        text("postDeployScript").orElse("")),
                priorities());
    }

    private Optional<String> text(String name) {
        JsonNode value = json.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw wrong(name, value, "a text");
        }
        return Optional.of(value.textValue());
    }

    private List<String> texts(String name) {
        JsonNode value = json.path(name);
        List<String> texts = new ArrayList<>();
        if (!value.isMissingNode()) {
            if (!value.isArray()) {
                throw wrong(name, value, "a list of texts");
            }
            for (JsonNode element : value) {
                if (!element.isTextual() || element.textValue().isEmpty()) {
                    throw wrong(name, element, "a text, in a list of texts");
                }
                texts.add(element.textValue());
            }
        }
        return texts;
    }

    private boolean flag(String name, boolean otherwise) {
        JsonNode value = json.path(name);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw wrong(name, value, "a boolean");
        }
        return value.asBoolean(otherwise);
    }

    private Duration timeout() {
        JsonNode value = json.path("cacheTimeoutSec");
        if (value.isMissingNode()) {
            return CacheSettings.TIMEOUT;
        }
        if (value.isNull()) {
            return LONGEST;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
            throw wrong("cacheTimeoutSec", value, "a number of seconds above 0");
        }
        return Duration.ofSeconds(value.intValue());
    }

    private Map<String, Integer> priorities() {
        JsonNode value = json.path("resourcePriority");
        Map<String, Integer> priorities = new LinkedHashMap<>();
        if (!value.isMissingNode()) {
            if (!value.isObject()) {
                throw wrong("resourcePriority", value, "a set of numbers by kind");
            }
            value.properties().forEach(entry -> {
                if (!entry.getValue().canConvertToInt() || !entry.getValue().isIntegralNumber()) {
                    throw wrong("resourcePriority." + entry.getKey(), entry.getValue(), "a whole number");
                }
                priorities.put(entry.getKey(), entry.getValue().intValue());
            });
        }
        return priorities;
    }

    private RenderException wrong(String name, JsonNode value, String wanted) {
        return new RenderException(where + "." + name + " is " + Json.typeOf(value) + ", not " + wanted);
    }
}
