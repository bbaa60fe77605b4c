package dev.berth.node.expression;

import dev.berth.nix.PublicKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
            Pattern.compile("(https?|file|s3|ssh|ssh-ng|unix|local)([:?][^\\s#]*|)|daemon");

    /** What URIs of stores begin with in which Nix builds itself. */
    private static final Pattern LOCAL = Pattern.compile("local|auto|/");

    private final Map<String, String> values;

    private NixSettings(Map<String, String> values) {
        this.values = values;
    }

    /** The node's, and above them those that it is told. */
    static NixSettings of(ExpressionConfig config, Evaluator.Place place) {
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
        return new NixSettings(settings);
    }

    /**
     * Writes them for Nix to read. Not as its arguments, which all who are on the node can read, nor into its environment, of which
     * builders get what a derivation names: caches' passwords and tokens are among them.
     *
     * @param directory where to
     * @return a file that only this user can read
     */
    Path write(Path directory) throws IOException {
        String lines = values.entrySet().stream()
                .map(setting -> setting.getKey() + " = " + setting.getValue() + "\n")
                .collect(Collectors.joining());
        Path file = Files.createFile(
                directory.resolve("nix.conf"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, lines);
    }
}
