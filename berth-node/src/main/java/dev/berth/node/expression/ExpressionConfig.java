package dev.berth.node.expression;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a node evaluates expressions.
 *
 * @param nix the {@code nix} program, 2.8 or newer: a path, or a name to look for in {@code PATH}
 * @param builder the store to build in, as Nix writes it, such as {@code daemon} or {@code ssh-ng://gateway}; results are
 *     fetched from it then. Empty for the node's own store
 * @param limit how long an evaluation with its builds may take
 * @param memory how many bytes of address space each of its processes may have
 * @param cache how many bytes Nix may keep from one evaluation to the next, such as what it fetched; more goes, all of it
 * @param impure whether expressions see the environment, the time and the files of the node
 * @param visible absolute paths of files and directories of the node that expressions see, beside what Nix needs; of no use
 *     if they see all, as impure ones do
 * @param settings of Nix, as {@code nix.conf} has them, above those that the node gives itself
 */
public record ExpressionConfig(
        String nix,
        Optional<String> builder,
        Duration limit,
        long memory,
        long cache,
        boolean impure,
        List<Path> visible,
        Map<String, String> settings) {
    private static final long LEAST_MEMORY = 64L << 20;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]*");
    /** What ends a value in {@code nix.conf}. */
    private static final Pattern END = Pattern.compile("[#\\p{Cntrl}&&[^\\t]]");

    /** @throws IllegalArgumentException if a value is out of range; one line for the user */
    public ExpressionConfig {
        if (nix.isEmpty()) {
            throw new IllegalArgumentException("the name of the nix program is empty");
        }
        if (!limit.isPositive()) {
            throw new IllegalArgumentException("the time for evaluations is not positive");
        }
        if (memory < LEAST_MEMORY) {
            throw new IllegalArgumentException(
                    "evaluations need at least " + LEAST_MEMORY + " bytes of memory, not " + memory);
        }
        if (cache < 0) {
            throw new IllegalArgumentException("evaluations can't keep " + cache + " bytes");
        }
        visible.stream().filter(path -> !path.isAbsolute()).findFirst().ifPresent(path -> {
            throw new IllegalArgumentException("what expressions see is named by absolute paths, not '" + path + "'");
        });
        visible = List.copyOf(visible);
        settings.forEach((name, value) -> {
            if (!NAME.matcher(name).matches() || END.matcher(value).find()) {
                throw new IllegalArgumentException(
                        "the setting '" + name + "' can't be given to Nix: no line of nix.conf can say it");
            }
        });
        settings = Map.copyOf(settings);
    }

    /** A program that builds in the node's own store, 5 minutes and 8 GiB at most, with a cache of 2 GiB, pure. */
    public static ExpressionConfig of(String nix) {
        return new ExpressionConfig(
                nix, Optional.empty(), Duration.ofMinutes(5), 8L << 30, 2L << 30, false, List.of(), Map.of());
    }

    /** Building in another store. */
    public ExpressionConfig withBuilder(String store) {
        return new ExpressionConfig(nix, Optional.of(store), limit, memory, cache, impure, visible, settings);
    }

    /** With other bounds. */
    public ExpressionConfig withBounds(Duration time, long bytes) {
        return new ExpressionConfig(nix, builder, time, bytes, cache, impure, visible, settings);
    }

    /** Keeping so many bytes. */
    public ExpressionConfig withCache(long bytes) {
        return new ExpressionConfig(nix, builder, limit, memory, bytes, impure, visible, settings);
    }

    /** Impure or not. */
    public ExpressionConfig withImpure(boolean allowed) {
        return new ExpressionConfig(nix, builder, limit, memory, cache, allowed, visible, settings);
    }

    /** Seeing these files of the node. */
    public ExpressionConfig withVisible(List<Path> paths) {
        return new ExpressionConfig(nix, builder, limit, memory, cache, impure, paths, settings);
    }

    /** With these settings of Nix. */
    public ExpressionConfig withSettings(Map<String, String> more) {
        return new ExpressionConfig(nix, builder, limit, memory, cache, impure, visible, more);
    }
}
