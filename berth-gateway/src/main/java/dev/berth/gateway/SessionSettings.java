package dev.berth.gateway;

import dev.berth.nix.FormatException;
import dev.berth.wire.ClientSettings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The settings of one session: those of the service, and what the client may change of them (libstore/daemon.cc, {@code
 * ClientSettings::apply}). One thread.
 */
final class SessionSettings {
    /** What any client may set. None of it means anything here yet: builds and their limits are not done here. */
    private static final Set<String> FREE = Set.of(
            "timeout",
            "build-timeout",
            "max-silent-time",
            "build-max-silent-time",
            "build-poll-interval",
            "connect-timeout");

    private final ServiceSettings service;
    private final boolean trusted;
    private final SessionLog log;
    private ServiceSettings now;

    SessionSettings(ServiceSettings service, boolean trusted, SessionLog log) {
        this.service = service;
        this.trusted = trusted;
        this.log = log;
        this.now = service;
    }

    /** The settings as they are for the session now. */
    ServiceSettings now() {
        return now;
    }

    void apply(ClientSettings client) {
        log.limitTo(client.verbosity());
        now = now.with("substitute", Boolean.toString(client.useSubstitutes()));
        client.overrides().forEach((name, value) -> {
            try {
                apply(name, value);
            } catch (FormatException e) {
                log.warn(String.valueOf(e.getMessage()));
            }
        });
    }

    private void apply(String name, String value) {
        switch (ServiceSettings.canonical(name)) {
            // The first is obsolete; clients have features of their own; the store was opened before they came.
            case "ssh-auth-sock", "experimental-features", "require-sigs" -> {}
            case "plugin-files" ->
                log.warn("Ignoring the client-specified plugin-files. The client specifying plugins to the daemon never"
                        + " made sense, and was removed in Nix >=2.14.");
            case String setting when trusted -> now = now.with(setting, value);
            case String setting when FREE.contains(setting) || (setting.equals("builders") && value.isEmpty()) -> {}
            case "substituters" -> now = now.with("substituters", String.join(" ", allowed(value)));
            default ->
                log.warn("ignoring the client-specified setting '" + name
                        + "', because it is a restricted setting and you are not a trusted user");
        }
    }

    private List<String> allowed(String value) {
        Set<String> known = new HashSet<>(service.trustedSubstituters());
        known.addAll(now.substituters());
        List<String> allowed = new ArrayList<>();
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
        return allowed;
    }
}
