package dev.berth.gateway.config;

import dev.berth.gateway.ServiceSettings;
import dev.berth.gateway.unix.UserRules;
import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.config.ConfigException;
import dev.berth.store.local.LocalStoreConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What nix-daemon is told by its environment and Nix's configuration files.
 *
 * @param environment the variables
 * @param conf the settings
 */
public record NixDaemonConfig(NixEnvironment environment, NixConf conf) {
    /** The store: the setting {@code store}, else {@code NIX_REMOTE}, else {@code auto}. */
    public String store() {
        return conf.text("store")
                .or(environment::remote)
                .filter(uri -> !uri.isEmpty())
                .orElse("auto");
    }

    /**
     * Where the store lies, if it is one of this machine; {@code auto} is, as a daemon has nobody to turn to.
     *
     * @throws dev.berth.store.StoreException for a URI that can't be taken
     */
    public Optional<LocalStoreConfig> localStore() {
        StoreDir storeDir = new StoreDir(environment.storeDir().toString());
        String uri = store();
        if (uri.equals("auto") || uri.equals("local")) {
            return Optional.of(LocalStoreConfig.system()
                    .at(storeDir, environment.storeDir(), environment.stateDir())
                    .loggingTo(environment.logDir()));
        }
        return Stores.localConfig(uri, StoreSettings.DEFAULT.withStoreDir(storeDir));
    }

    /** Where to listen. */
    public Path socket() {
        return environment.daemonSocket().toAbsolutePath().normalize();
    }

    /** Who may connect. */
    public UserRules rules() {
        // Nix's own default for root, whose builds run as these users.
        String builders = conf.text("build-users-group").orElse("nixbld");
        return new UserRules(
                conf.words("trusted-users"),
                conf.words("allowed-users"),
                builders.isEmpty() ? List.of() : List.of(builders));
    }

    /**
     * The settings of sessions.
     *
     * @throws ConfigException for a setting that cannot have its value
     */
    public ServiceSettings settings() {
        ServiceSettings settings = ServiceSettings.DEFAULT;
        for (String list : List.of("substituters", "trusted-substituters", "trusted-public-keys")) {
            settings = with(settings, list, String.join(" ", conf.words(list)));
        }
        for (Map.Entry<String, String> given : conf.given().entrySet()) {
            settings = with(settings, given.getKey(), given.getValue());
        }
        return settings;
    }

    /**
     * How to talk to substituters: {@code netrc-file}, {@code connect-timeout}, {@code stalled-download-timeout},
     * {@code http-connections} and {@code download-attempts}; a time or number of 0 leaves what is usual.
     *
     * @throws ConfigException for a setting that is no number
     */
    public StoreSettings substituting() {
        StoreSettings usual = StoreSettings.DEFAULT;
        return new StoreSettings(
                usual.storeDir(),
                positive("http-connections").orElse(usual.connections()),
                positive("connect-timeout").map(Duration::ofSeconds).orElse(usual.connectTimeout()),
                positive("stalled-download-timeout").map(Duration::ofSeconds).orElse(usual.stallTimeout()),
                positive("download-attempts").map(attempts -> attempts - 1).orElse(usual.retries()),
                usual.absentLifetime(),
                usual.presentLifetime(),
                usual.queryTimeout(),
                conf.text("netrc-file")
                        .map(Path::of)
                        .orElse(environment.confDir().resolve("netrc")),
                usual.spool(),
                usual.acceptNewHostKeys());
    }

    private Optional<Integer> positive(String name) {
        try {
            return conf.text(name).map(Integer::valueOf).filter(number -> number > 0);
        } catch (NumberFormatException e) {
            throw new ConfigException("in Nix's configuration: '" + name + "' is no number", e);
        }
    }

    private static ServiceSettings with(ServiceSettings settings, String name, String value) {
        try {
            return settings.with(name, value);
        } catch (FormatException e) {
            throw new ConfigException("in Nix's configuration: " + e.getMessage(), e);
        }
    }
}
