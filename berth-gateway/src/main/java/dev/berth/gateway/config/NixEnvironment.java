package dev.berth.gateway.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where Nix's environment variables say that things are (libstore/globals.cc). An empty variable is as good as none. */
public final class NixEnvironment {
    private final Map<String, String> variables;

    /** @param variables the process's */
    public NixEnvironment(Map<String, String> variables) {
        this.variables = Map.copyOf(variables);
    }

    private Optional<String> get(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
    }

    private Path path(String name, String usual) {
        return Path.of(get(name).orElse(usual));
    }

    /** {@code NIX_STORE_DIR}, or {@code NIX_STORE} by its older name. */
    public Path storeDir() {
        return path("NIX_STORE_DIR", get("NIX_STORE").orElse("/nix/store"));
    }

    /** {@code NIX_STATE_DIR}. */
    public Path stateDir() {
        return path("NIX_STATE_DIR", "/nix/var/nix");
    }

    /** {@code NIX_LOG_DIR}. */
    public Path logDir() {
        return path("NIX_LOG_DIR", "/nix/var/log/nix");
    }

    /** {@code NIX_CONF_DIR}. */
    public Path confDir() {
        return path("NIX_CONF_DIR", "/etc/nix");
    }

    /** {@code NIX_DAEMON_SOCKET_PATH}, else {@code daemon-socket/socket} in the state directory. */
    public Path daemonSocket() {
        return get("NIX_DAEMON_SOCKET_PATH")
                .map(Path::of)
                .orElseGet(() -> stateDir().resolve("daemon-socket/socket"));
    }

    /** {@code NIX_REMOTE}: the store to use where no setting says. */
    public Optional<String> remote() {
        return get("NIX_REMOTE");
    }

    /** {@code NIX_CONFIG}: settings as text. */
    Optional<String> inlineConf() {
        return get("NIX_CONFIG");
    }

    /** The user's configuration files, the most important one first. */
    List<Path> userConfFiles() {
        String named = variables.get("NIX_USER_CONF_FILES");
        if (named != null) {
            return paths(named, "");
        }
        List<Path> files = new ArrayList<>();
        get("XDG_CONFIG_HOME")
                .or(() -> get("HOME").map(home -> home + "/.config"))
                .ifPresent(home -> files.add(Path.of(home, "nix/nix.conf")));
        files.addAll(paths(get("XDG_CONFIG_DIRS").orElse("/etc/xdg"), "/nix/nix.conf"));
        return files;
    }

    private static List<Path> paths(String colonSeparated, String suffix) {
        List<Path> files = new ArrayList<>();
        for (String file : colonSeparated.split(":", -1)) {
            if (!file.isEmpty()) {
                files.add(Path.of(file + suffix));
            }
        }
        return files;
    }
}
