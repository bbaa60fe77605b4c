package dev.berth.gateway;

import dev.berth.nix.FormatException;
import dev.berth.nix.PublicKey;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The settings of {@code nix.conf} that decide how a store is served; a session may change some of them for itself. They
 * have the names that Nix gives them, and its values of the setting's type. Immutable.
 */
public final class ServiceSettings {
    private static final Map<String, String> ALIASES = Map.of(
            "binary-cache-public-keys", "trusted-public-keys",
            "binary-caches", "substituters",
            "trusted-binary-caches", "trusted-substituters",
            "build-use-substitutes", "substitute",
            "gc-keep-outputs", "keep-outputs",
            "gc-keep-derivations", "keep-derivations");

    private static final Set<String> LISTS = Set.of("trusted-public-keys", "substituters", "trusted-substituters");

    /** What Nix 2.26 does without a {@code nix.conf}, but it fetches from nowhere. */
    public static final ServiceSettings DEFAULT = new ServiceSettings(
            "2.26.3",
            Map.of(
                    "require-sigs",
                    "true",
                    "trusted-public-keys",
                    "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=",
                    "substitute",
                    "true",
                    "substituters",
                    "",
                    "trusted-substituters",
                    "",
                    "keep-outputs",
                    "false",
                    "keep-derivations",
                    "true",
                    "auto-optimise-store",
                    "false"),
            KeptNars.BYTES);

    private final String nixVersion;
    private final Map<String, String> values;
    private final Set<PublicKey> trustedKeys;
    private final long keptNars;

    private ServiceSettings(String nixVersion, Map<String, String> values, long keptNars) {
        this.keptNars = keptNars;
        this.nixVersion = nixVersion;
        this.values = Map.copyOf(values);
        this.trustedKeys =
                list("trusted-public-keys").stream().map(PublicKey::parse).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * These settings with one of {@code nix.conf} changed, by any of the names that Nix knows it by; {@code extra-} adds to
     * a list. A setting that decides nothing here changes nothing.
     *
     * @throws FormatException if the setting cannot have the value
     */
    public ServiceSettings with(String name, String value) {
        boolean more = name.startsWith("extra-");
        String plain = canonical(more ? name.substring("extra-".length()) : name);
        String before = values.get(plain);
        if (before == null || (more && !LISTS.contains(plain))) {
            return this;
        }
        Map<String, String> changed = new TreeMap<>(values);
        if (LISTS.contains(plain)) {
            changed.put(plain, more ? before + " " + value : value);
        } else {
            changed.put(plain, Boolean.toString(flag(name, value)));
        }
        return new ServiceSettings(nixVersion, changed, keptNars);
    }

    /** The name that a setting has in {@code nix.conf} today. */
    static String canonical(String name) {
        return ALIASES.getOrDefault(name, name);
    }

    private static boolean flag(String name, String value) {
        return switch (value) {
            case "true", "yes", "1" -> true;
            case "false", "no", "0" -> false;
            default -> throw new FormatException("Boolean setting '" + name + "' has invalid value '" + value + "'");
        };
    }

    private boolean flag(String name) {
        return Boolean.parseBoolean(values.get(name));
    }

    private List<String> list(String name) {
        return words(values.getOrDefault(name, ""));
    }

    static List<String> words(String value) {
        return value.isBlank() ? List.of() : List.of(value.strip().split("[ \t\n\r]+"));
    }

    /** Served as by this version of Nix. */
    public ServiceSettings withNixVersion(String version) {
        return new ServiceSettings(version, values, keptNars);
    }

    /**
     * Keeping so many bytes of small NARs that are asked for again; 0 for none.
     *
     * @throws IllegalArgumentException for a number below 0
     */
    public ServiceSettings withKeptNars(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("fewer than no bytes: " + bytes);
        }
        return new ServiceSettings(nixVersion, values, bytes);
    }

    long keptNars() {
        return keptNars;
    }

    /** What clients are told, such as {@code 2.26.3}. */
    public String nixVersion() {
        return nixVersion;
    }

    /** {@code require-sigs}; not for sessions to change. */
    public boolean requireSignatures() {
        return flag("require-sigs");
    }

    /** {@code trusted-public-keys}. */
    public Set<PublicKey> trustedKeys() {
        return trustedKeys;
    }

    /** {@code substitute}: whether what is missing is fetched. */
    public boolean substitute() {
        return flag("substitute");
    }

    /** {@code substituters}, URIs. */
    public List<String> substituters() {
        return list("substituters");
    }

    /** The substituters, unless nothing is to be fetched. */
    List<String> fetchesFrom() {
        return substitute() ? substituters() : List.of();
    }

    /** {@code trusted-substituters}: those that clients may choose who are not trusted. */
    public Set<String> trustedSubstituters() {
        return Set.copyOf(list("trusted-substituters"));
    }

    /** {@code keep-outputs}. */
    public boolean keepOutputs() {
        return flag("keep-outputs");
    }

    /** {@code keep-derivations}. */
    public boolean keepDerivations() {
        return flag("keep-derivations");
    }

    /** {@code auto-optimise-store}. */
    public boolean autoOptimise() {
        return flag("auto-optimise-store");
    }
}
