package dev.berth.gateway;

import dev.berth.wire.ClientSettings;
import java.util.HashSet;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;

/** What a client may set for its session (libstore/daemon.cc, {@code ClientSettings::apply}). */
final class SettingsFilter {
    /** What every client may set. */
    private static final Set<String> FREE = Set.of(
            "timeout",
            "build-timeout",
            "max-silent-time",
            "build-max-silent-time",
            "build-poll-interval",
            "connect-timeout");

    /** What no client sets: one is obsolete, clients have features of their own, and the store was opened before they came. */
    private static final Set<String> IGNORED = Set.of("ssh-auth-sock", "experimental-features", "require-sigs");

    private final ServiceSettings service;
    private final boolean trusted;
    private final SessionLog log;

    SettingsFilter(ServiceSettings service, boolean trusted, SessionLog log) {
        this.service = service;
        this.trusted = trusted;
        this.log = log;
    }

    /** What is left of the client's wishes; it is warned of the others. */
    ClientSettings allowed(ClientSettings client) {
        NavigableMap<String, String> overrides = new TreeMap<>();
        client.overrides().forEach((name, value) -> allowed(name, value).ifPresent(it -> overrides.put(name, it)));
        return new ClientSettings(
                client.keepFailed(),
                client.keepGoing(),
                client.tryFallback(),
                client.verbosity(),
                client.maxBuildJobs(),
                client.maxSilentTime(),
                client.verboseBuild(),
                client.buildCores(),
                client.useSubstitutes(),
                overrides);
    }

    private Optional<String> allowed(String name, String value) {
        if (IGNORED.contains(name)) {
            return Optional.empty();
        }
        if (name.equals("plugin-files")) {
            log.warn(
                    "Ignoring the client-specified plugin-files. The client specifying plugins to the daemon never made"
                            + " sense, and was removed in Nix >=2.14.");
            return Optional.empty();
        }
        if (trusted || FREE.contains(name) || (name.equals("builders") && value.isEmpty())) {
            return Optional.of(value);
        }
        if (ServiceSettings.canonical(name).equals("substituters")) {
            return Optional.of(substituters(value));
        }
        log.warn("ignoring the client-specified setting '" + name
                + "', because it is a restricted setting and you are not a trusted user");
        return Optional.empty();
    }

    private String substituters(String value) {
        Set<String> known = new HashSet<>(service.trustedSubstituters());
        known.addAll(service.substituters());
        StringJoiner allowed = new StringJoiner(" ");
        for (String uri : ServiceSettings.words(value)) {
            if (known.contains(uri)) {
                allowed.add(uri);
            } else if (!uri.endsWith("/") && known.contains(uri + "/")) {
                allowed.add(uri + "/");
            } else {
                log.warn("ignoring untrusted substituter '" + uri + "', you are not a trusted user. Run `man nix.conf`"
                        + " for more information on the `substituters` configuration option.");
            }
        }
        return allowed.toString();
    }
}
