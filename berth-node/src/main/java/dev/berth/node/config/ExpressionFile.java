package dev.berth.node.config;

import dev.berth.node.expression.ExpressionConfig;
import dev.berth.store.config.ConfigException;
import dev.berth.store.config.Yaml;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The section {@code expressions} of the agent's file: without it, a node evaluates nothing. */
final class ExpressionFile {
    private static final String NIX = "nix";

    private ExpressionFile() {}

    /** @throws ConfigException for the first thing in it that can't be taken */
    static Optional<ExpressionConfig> read(Yaml section) {
        if (section.keys().isEmpty()) {
            return Optional.empty();
        }
        Optional<String> nix = section.text(NIX);
        Optional<String> builder = section.text("builder");
        Optional<Duration> limit = section.duration("timeout");
        Optional<Integer> memory = section.number("memory-mib");
        Optional<Integer> cache = section.number("cache-mib");
        Optional<Boolean> impure = section.flag("impure");
        Optional<List<Path>> visible = section.list("visible", Path::of);
        Yaml settings = section.section("settings");
        Map<String, String> all = new LinkedHashMap<>();
        for (String key : settings.keys()) {
            settings.text(key).ifPresent(value -> all.put(key, value));
        }
        settings.end();
        section.end();
        try {
            ExpressionConfig config = ExpressionConfig.of(nix.orElse(NIX));
            config = builder.isPresent() ? config.withBuilder(builder.get()) : config;
            return Optional.of(config.withBounds(
                            limit.orElse(config.limit()),
                            memory.map(mib -> (long) mib << 20).orElse(config.memory()))
                    .withCache(cache.map(mib -> (long) mib << 20).orElse(config.cache()))
                    .withImpure(impure.orElse(false))
                    .withVisible(visible.orElse(List.of()))
                    .withSettings(all));
        } catch (IllegalArgumentException e) {
            throw section.error(NIX, String.valueOf(e.getMessage()));
        }
    }
}
