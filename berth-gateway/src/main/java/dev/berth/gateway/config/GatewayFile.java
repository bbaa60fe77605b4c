package dev.berth.gateway.config;

import dev.berth.gateway.Role;
import dev.berth.gateway.ssh.SshConfig;
import dev.berth.gateway.unix.UnixConfig;
import dev.berth.gateway.unix.UserRules;
import dev.berth.store.StoreSettings;
import dev.berth.store.config.ConfigException;
import dev.berth.store.config.HostPort;
import dev.berth.store.config.SubstitutingFile;
import dev.berth.store.config.Yaml;
import dev.berth.store.usage.Sizes;
import dev.berth.wire.SessionLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The configuration of {@code berth gateway}, a YAML file whose every key may be left out; docs/gateway.md describes each.
 *
 * @param store the URI of the store to serve, if it is named
 * @param diskCache for a store that is not on this machine
 * @param settings the settings of Nix that apply to the store, with lists as words
 * @param substituting how to talk to substituters
 * @param unix the socket's part
 * @param ssh the SSH server's part
 * @param http the HTTP server's part
 * @param gc what is collected when
 * @param limits of each session
 * @param keptNars how many bytes of small NARs of a local store are kept as they are sent, if it is not the usual
 * @param stopTimeout how long sessions may go on at a stop
 */
public record GatewayFile(
        Optional<String> store,
        DiskCacheFile diskCache,
        Map<String, String> settings,
        StoreSettings substituting,
        Unix unix,
        Ssh ssh,
        HttpFile http,
        GcFile gc,
        SessionLimits limits,
        Optional<Long> keptNars,
        Duration stopTimeout) {
    /** The settings of Nix that can be given. */
    private static final List<String> LISTS = List.of("trusted-public-keys", "substituters", "trusted-substituters");

    private static final List<String> FLAGS =
            List.of("require-sigs", "substitute", "keep-outputs", "keep-derivations", "auto-optimise-store");

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    /** Copies the map. */
    public GatewayFile {
        settings = Map.copyOf(settings);
    }

    /**
     * The socket, as far as the file says.
     *
     * @param path if there shall be one
     * @param rules who may connect
     * @param maxConnections at once
     */
    public record Unix(Optional<Path> path, UserRules rules, int maxConnections) {
        /** The socket at a path. */
        public UnixConfig at(Path place) {
            return new UnixConfig(place, UnixConfig.PERMISSIONS, rules, maxConnections);
        }
    }

    /**
     * The SSH server, as far as the file says.
     *
     * @param listen if there shall be one
     * @param hostKey its file
     * @param authorizedKeys the file of who may log in
     * @param defaultRole of keys that name none
     * @param ciphers in order
     * @param limits what clients may take
     */
    public record Ssh(
            Optional<HostPort> listen,
            Path hostKey,
            Path authorizedKeys,
            Role defaultRole,
            List<String> ciphers,
            SshConfig.Limits limits) {
        /** The server at an address. */
        public SshConfig at(HostPort place) {
            return new SshConfig(place.host(), place.port(), hostKey, authorizedKeys, defaultRole, ciphers, limits);
        }

        /** With other key files. */
        public Ssh withKeys(Optional<Path> host, Optional<Path> authorized) {
            return new Ssh(
                    listen, host.orElse(hostKey), authorized.orElse(authorizedKeys), defaultRole, ciphers, limits);
        }
    }

    /** What an empty file says. */
    public static GatewayFile defaults() {
        return parse("the defaults", "");
    }

    /**
     * Reads a file.
     *
     * @throws ConfigException for the first thing in it that can't be taken, with its line
     */
    public static GatewayFile read(Path file) {
        return of(Yaml.read(file));
    }

    static GatewayFile parse(String name, String text) {
        return of(Yaml.parse(name, text));
    }

    private static GatewayFile of(Yaml root) {
        try {
            GatewayFile file = new GatewayFile(
                    root.text("store"),
                    DiskCacheFile.of(root.section("disk-cache")),
                    settings(root.section("settings")),
                    SubstitutingFile.read(root.section("substituting")),
                    unix(root.section("unix")),
                    ssh(root.section("ssh")),
                    HttpFile.read(root.section("http")),
                    GcFile.read(root.section("gc")),
                    limits(root.section("sessions")),
                    root.value("kept-nars", Sizes::parse),
                    root.duration("stop-timeout").orElse(STOP_TIMEOUT));
            root.end();
            return file;
        } catch (IllegalArgumentException e) {
            throw new ConfigException(root.file() + ": " + e.getMessage(), e);
        }
    }

    private static Map<String, String> settings(Yaml section) {
        Map<String, String> settings = new TreeMap<>();
        for (String list : LISTS) {
            section.words(list).ifPresent(words -> settings.put(list, String.join(" ", words)));
        }
        for (String flag : FLAGS) {
            section.flag(flag).ifPresent(value -> settings.put(flag, Boolean.toString(value)));
        }
        section.end();
        return settings;
    }

    private static Unix unix(Yaml section) {
        Unix unix = new Unix(
                section.value("path", Path::of),
                new UserRules(
                        section.words("trusted-users").orElse(UserRules.DEFAULT.trusted()),
                        section.words("allowed-users").orElse(UserRules.DEFAULT.allowed()),
                        List.of()),
                section.number("max-connections").orElse(UnixConfig.MAX_CONNECTIONS));
        section.end();
        return unix;
    }

    private static Ssh ssh(Yaml section) {
        SshConfig.Limits usual = SshConfig.Limits.DEFAULT;
        Ssh ssh = new Ssh(
                section.value("listen", HostPort::parse),
                section.value("host-key", Path::of).orElse(Path.of("/var/lib/berth/gateway/ssh_host_ed25519_key")),
                section.value("authorized-keys", Path::of).orElse(Path.of("/etc/berth/authorized_keys")),
                section.value("default-role", Role::parse).orElse(Role.WRITER),
                section.words("ciphers").orElse(SshConfig.CIPHERS),
                new SshConfig.Limits(
                        section.number("max-connections").orElse(usual.connections()),
                        section.number("max-unauthenticated").orElse(usual.unauthenticated()),
                        section.number("max-commands").orElse(usual.channels()),
                        section.duration("login-grace").orElse(usual.loginGrace()),
                        section.duration("idle").orElse(usual.idle())));
        section.end();
        return ssh;
    }

    private static SessionLimits limits(Yaml section) {
        SessionLimits usual = SessionLimits.DEFAULT;
        SessionLimits limits = new SessionLimits(
                section.duration("handshake").orElse(usual.handshake()),
                section.duration("idle").orElse(usual.idle()),
                section.duration("stall").orElse(usual.stall()),
                usual.maxMessage());
        section.end();
        return limits;
    }
}
