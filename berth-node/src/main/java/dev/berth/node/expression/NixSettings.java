package dev.berth.node.expression;

import dev.berth.nix.PublicKey;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The settings that evaluations and builds have on a node. */
final class NixSettings {
    /** Of one builder's log; Nix kills a builder that writes more. */
    private static final int MAX_LOG = 16 << 20;

    /** The kinds of stores that Nix can fetch from. */
    private static final Pattern NIX_STORES =
            Pattern.compile("(https?|file|s3|ssh|ssh-ng|unix|local)(:.*|\\?.*|)|daemon");

    /** What URIs of stores begin with in which Nix builds itself. */
    private static final Pattern LOCAL = Pattern.compile("local|auto|/");

    private NixSettings() {}

    /** The node's, and above them those that it is told. */
    static Map<String, String> of(ExpressionConfig config, Evaluator.Place place) {
        Map<String, String> settings = new TreeMap<>();
        settings.put(
                "substituters",
                place.substituters().stream()
                        .filter(uri -> NIX_STORES.matcher(uri).matches())
                        .collect(Collectors.joining(" ")));
        settings.put(
                "trusted-public-keys",
                place.keys().stream().map(PublicKey::toString).collect(Collectors.joining(" ")));
        settings.put("max-build-log-size", Integer.toString(MAX_LOG));
        settings.put("connect-timeout", "5");
        settings.put("download-attempts", "2");
        settings.put("warn-dirty", "false");
        if (config.builder().filter(uri -> !LOCAL.matcher(uri).lookingAt()).isEmpty()) {
            // INVARIANT: what pods have built runs as root of this node: Nix must fail rather than build without its
            // sandbox.
            settings.put("sandbox", "true");
            settings.put("sandbox-fallback", "false");
        }
        settings.putAll(config.settings());
        return settings;
    }
}
