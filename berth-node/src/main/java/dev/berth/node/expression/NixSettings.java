package dev.berth.node.expression;

import dev.berth.nix.PublicKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The settings that evaluations and builds have on a node: its own, and above them those that it is told.
 *
 * @param own what is no secret, given as arguments
 * @param told of caches' URIs and by the operator, who may have passwords and tokens in them
 */
record NixSettings(Map<String, String> own, Map<String, String> told) {
    /** Of one builder's log; Nix kills a builder that writes more. */
    private static final int MAX_LOG = 16 << 20;

    /** The kinds of stores that Nix can fetch from. */
    private static final Pattern NIX_STORES =
            Pattern.compile("(https?|file|s3|ssh|ssh-ng|unix|local)([:?][^\\s#]*|)|daemon");

    /** What URIs of stores begin with in which Nix builds itself. */
    private static final Pattern LOCAL = Pattern.compile("local|auto|/");

    /** @param temporary where builders run */
    static NixSettings of(ExpressionConfig config, Evaluator.Place place, Path temporary) {
        Map<String, String> told = new TreeMap<>();
        told.put(
                "substituters",
                place.substituters().stream()
                        .filter(uri -> NIX_STORES.matcher(uri).matches())
                        .collect(Collectors.joining(" ")));
        told.putAll(config.settings());
        Map<String, String> own = new TreeMap<>();
        own.put(
                "trusted-public-keys",
                place.keys().stream().map(PublicKey::toString).collect(Collectors.joining(" ")));
        own.put("max-build-log-size", Integer.toString(MAX_LOG));
        own.put("connect-timeout", "5");
        own.put("download-attempts", "2");
        own.put("warn-dirty", "false");
        // Newer Nix would run builders where nobody removes what is left of killed ones; Nix 2.8 does not know it.
        own.put("build-dir", temporary.toString());
        // INVARIANT: what pods have built runs as root of this node: Nix must fail rather than build without its
        // sandbox,
        // whatever a flake wants, or the node's nix.conf allows flakes to want.
        own.put("accept-flake-config", "false");
        if (config.builder().filter(uri -> !LOCAL.matcher(uri).lookingAt()).isEmpty()) {
            own.put("sandbox", "true");
            own.put("sandbox-fallback", "false");
        }
        own.keySet().removeAll(config.settings().keySet());
        return new NixSettings(own, told);
    }

    /** Arguments. */
    List<String> options() {
        List<String> line = new ArrayList<>();
        own.forEach((name, value) -> line.addAll(List.of("--option", name, value)));
        return line;
    }

    /**
     * The others, as a {@code nix.conf} for Nix to read from a pipe: its arguments are there to read for all who are on the node, builders get what they
     * ask for of its environment, and flakes what they name of the files that it can read.
     */
    String lines() {
        return told.entrySet().stream()
                .map(setting -> setting.getKey() + " = " + setting.getValue() + "\n")
                .collect(Collectors.joining());
    }
}
