package dev.berth.node.config;

import dev.berth.nix.PublicKey;
import dev.berth.node.ApiServerConfig;
import dev.berth.node.FetchLimits;
import dev.berth.node.NodeConfig;
import dev.berth.node.PresentationChoice;
import dev.berth.node.garbage.GarbageConfig;
import dev.berth.node.kubelet.KubeletConfig;
import dev.berth.node.policy.PolicyConfig;
import dev.berth.store.config.ConfigException;
import dev.berth.store.config.HostPort;
import dev.berth.store.config.SubstitutingFile;
import dev.berth.store.config.Yaml;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The configuration of {@code berth node}, a YAML file whose every key may be left out; docs/node.md describes each. What
 * it says is a list of changes to a {@link NodeConfig}, whose defaults hold for the rest. A part of the agent that has a
 * section of its own reads it beside itself and adds the change in {@link #of}.
 *
 * @param changes what the file says, in order
 * @param logFormat {@code text} or {@code json}, if the file says so
 * @param logLevel the least level of lines that are logged, if the file says so
 */
public record NodeFile(List<UnaryOperator<NodeConfig>> changes, Optional<String> logFormat, Optional<String> logLevel) {
    /** What an empty file says. */
    public static final NodeFile EMPTY = new NodeFile(List.of(), Optional.empty(), Optional.empty());

    /** Copies the list. */
    public NodeFile {
        changes = List.copyOf(changes);
    }

    /**
     * Reads a file.
     *
     * @throws ConfigException for the first thing in it that can't be taken, with its line
     */
    public static NodeFile read(Path file) {
        return of(Yaml.read(file));
    }

    static NodeFile of(Yaml file) {
        Changes changes = new Changes();
        changes.add(file.value("root", NodeFile::absolute), NodeConfig::withRoot);
        changes.add(file.text("node-name"), NodeConfig::withNodeId);
        changes.add(file.text("system"), NodeConfig::withSystem);
        changes.add(
                file.value("csi-socket", NodeFile::absolute),
                (config, socket) -> config.withSockets(Map.of(NodeConfig.DRIVER, socket)));
        changes.add(kubelet(file.section("kubelet")), NodeConfig::withKubelet);
        changes.add(
                file.words("substituters"),
                (config, uris) -> config.withSubstituters(uris, config.trustedPublicKeys()));
        changes.add(
                file.list("trusted-public-keys", PublicKey::parse),
                (config, keys) -> config.withSubstituters(config.substituters(), keys));
        changes.add(file.optionalSection("substituting").map(SubstitutingFile::read), NodeConfig::withSubstituting);
        changes.add(file.flag("verify-store-paths"), NodeConfig::withVerifyStorePaths);
        changes.add(file.value("presentation", NodeFile::presentation), NodeConfig::withPresentation);
        changes.add(file.duration("fetch-timeout"), (config, time) -> config.withTimeouts(time, config.callTimeout()));
        changes.add(file.duration("call-timeout"), (config, time) -> config.withTimeouts(config.fetchTimeout(), time));
        changes.add(
                file.number("fetches-at-once"),
                (config, most) -> config.withFetching(
                        new FetchLimits(most, config.fetching().probeInterval())));
        changes.add(
                file.duration("probe-interval"),
                (config, interval) ->
                        config.withFetching(new FetchLimits(config.fetching().atOnce(), interval)));
        changes.add(ExpressionFile.read(file.section("expressions")), NodeConfig::withExpressions);
        changes.add(file.value("metrics", HostPort::parse), NodeConfig::withMetrics);
        changes.add(file.value("policy", NodeFile::absolute).map(PolicyConfig::of), NodeConfig::withPolicy);
        changes.add(file.optionalSection("garbage").map(GarbageConfig::read), NodeConfig::withGarbage);
        changes.add(
                file.value("kubeconfig", NodeFile::absolute),
                (config, kubeconfig) -> config.withApiServer(Optional.of(ApiServerConfig.of(kubeconfig))));
        file.optionalSection("nri").map(NriSection::read).ifPresent(changes.list::addAll);
        Yaml log = file.section("log");
        NodeFile read = new NodeFile(changes.list, word(log, "format", LOG_FORMATS), word(log, "level", LOG_LEVELS));
        log.end();
        file.end();
        return read;
    }

    /** The formats of log lines. */
    public static final List<String> LOG_FORMATS = List.of("text", "json");

    /** The levels of log lines. */
    public static final List<String> LOG_LEVELS = List.of("error", "warn", "info", "debug", "trace");

    private static Optional<String> word(Yaml section, String key, List<String> known) {
        return section.value(key, text -> {
            if (!known.contains(text)) {
                throw new IllegalArgumentException("'" + text + "' is none of " + String.join(", ", known));
            }
            return text;
        });
    }

    private static Optional<KubeletConfig> kubelet(Yaml section) {
        Optional<Path> dir = section.value("dir", NodeFile::absolute);
        Optional<Boolean> compat = section.flag("compat");
        section.end();
        return dir.isEmpty() && compat.isEmpty()
                ? Optional.empty()
                : Optional.of(new KubeletConfig(dir.orElse(KubeletConfig.DIR), compat.orElse(true)));
    }

    static Path absolute(String text) {
        Path path = Path.of(text);
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("'" + text + "' is not an absolute path");
        }
        return path;
    }

    private static PresentationChoice presentation(String text) {
        for (PresentationChoice choice : PresentationChoice.values()) {
            if (choice.name().toLowerCase(Locale.ROOT).equals(text)) {
                return choice;
            }
        }
        throw new IllegalArgumentException("'" + text + "' is none of auto, composefs, hardlink");
    }

    /**
     * Says it all.
     *
     * @throws ConfigException if two things in the file don't go together or a value is out of range
     */
    public NodeConfig applyTo(NodeConfig defaults) {
        NodeConfig config = defaults;
        for (UnaryOperator<NodeConfig> change : changes) {
            try {
                config = change.apply(config);
            } catch (IllegalArgumentException e) {
                throw new ConfigException("the configuration: " + e.getMessage(), e);
            }
        }
        return config;
    }

    /** What a value does to a configuration. */
    @FunctionalInterface
    private interface Change<T> {
        NodeConfig to(NodeConfig config, T value);
    }

    private static final class Changes {
        private final List<UnaryOperator<NodeConfig>> list = new ArrayList<>();

        <T> void add(Optional<T> value, Change<T> change) {
            value.ifPresent(said -> list.add(config -> change.to(config, said)));
        }
    }
}
