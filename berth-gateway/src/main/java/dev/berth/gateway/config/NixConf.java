package dev.berth.gateway.config;

import dev.berth.store.config.ConfigException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Nix's settings, as its files, its environment and its command lines give them (libstore/globals.cc). Every name is
 * taken, as Nix has hundreds; who asks for one by {@link #words} and the like says which it knows. Immutable.
 */
public final class NixConf {
    /** The settings that hold lists, which {@code extra-} may add to, with what they hold by default. */
    private static final Map<String, String> LISTS = Map.of(
            "trusted-users", "root",
            "allowed-users", "*",
            "substituters", "https://cache.nixos.org/",
            "trusted-substituters", "",
            "trusted-public-keys", "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=",
            "secret-key-files", "",
            "experimental-features", "",
            "system-features", "",
            "extra-platforms", "");

    /** Older names (libstore/globals.hh). */
    private static final Map<String, String> ALIASES = Map.of(
            "binary-caches", "substituters",
            "trusted-binary-caches", "trusted-substituters",
            "binary-cache-public-keys", "trusted-public-keys",
            "gc-keep-outputs", "keep-outputs",
            "gc-keep-derivations", "keep-derivations",
            "build-max-jobs", "max-jobs",
            "env-keep-derivations", "keep-env-derivations");

    private static final String EXTRA = "extra-";

    private final Map<String, String> values;

    private NixConf(Map<String, String> values) {
        this.values = Collections.unmodifiableMap(values);
    }

    /** No setting at all: everything is at its default. */
    public static NixConf empty() {
        return new NixConf(new TreeMap<>());
    }

    /**
     * The settings of this machine, later ones over earlier ones: {@code nix.conf} in {@code NIX_CONF_DIR}, the user's files
     * (those of {@code NIX_USER_CONF_FILES}, else {@code nix/nix.conf} below the directories of the XDG base directory
     * specification), and the text in {@code NIX_CONFIG}. Files that do not exist are left out.
     *
     * @param environment the process's
     * @throws ConfigException for the first line that is no setting
     */
    public static NixConf load(NixEnvironment environment) {
        List<NixConfFile.Line> lines =
                new ArrayList<>(NixConfFile.read(environment.confDir().resolve("nix.conf")));
        // The first of them is the most important one.
        for (Path file : environment.userConfFiles().reversed()) {
            lines.addAll(NixConfFile.read(file));
        }
        environment.inlineConf().ifPresent(text -> lines.addAll(NixConfFile.parse(text, "NIX_CONFIG", Path.of("/"))));
        NixConf conf = empty();
        return conf.withAll(lines);
    }

    private NixConf withAll(List<NixConfFile.Line> lines) {
        Map<String, String> next = new TreeMap<>(values);
        lines.forEach(line -> put(next, line.name(), line.value()));
        return new NixConf(next);
    }

    /**
     * With another setting, as {@code --option NAME VALUE} gives it.
     *
     * @param name maybe with {@code extra-} in front, which adds to a list
     */
    public NixConf with(String name, String value) {
        Map<String, String> next = new TreeMap<>(values);
        put(next, name, value);
        return new NixConf(next);
    }

    private static void put(Map<String, String> values, String name, String value) {
        if (name.startsWith(EXTRA) && !LISTS.containsKey(name)) {
            String list = canonical(name.substring(EXTRA.length()));
            String usual = LISTS.get(list);
            if (usual != null) {
                values.put(list, (values.getOrDefault(list, usual) + " " + value).strip());
                return;
            }
        }
        values.put(canonical(name), value);
    }

    private static String canonical(String name) {
        return ALIASES.getOrDefault(name, name);
    }

    /** The settings that were given, by their names of today. */
    public Map<String, String> given() {
        return values;
    }

    /** A setting as text, if it was given. */
    public Optional<String> text(String name) {
        return Optional.ofNullable(values.get(canonical(name)));
    }

    /** A list: what was given, or Nix's default; empty for a name that is no list of Nix's and was not given. */
    public List<String> words(String name) {
        String list = canonical(name);
        return NixConfFile.words(values.getOrDefault(list, LISTS.getOrDefault(list, "")));
    }

    /**
     * A yes or no.
     *
     * @throws ConfigException if it is neither
     */
    public boolean flag(String name, boolean usual) {
        String value = values.get(canonical(name));
        return switch (value) {
            case null -> usual;
            case "true", "yes", "1" -> true;
            case "false", "no", "0" -> false;
            default ->
                throw new ConfigException("the setting '" + name + "' is neither true nor false: '" + value + "'");
        };
    }
}
