package dev.berth.gateway;

import dev.berth.nix.FormatException;
import dev.berth.wire.ClientSettings;

/** The settings of one session: those of the service, and what the client may change of them. One thread. */
final class SessionSettings {
    private final SettingsFilter filter;
    private final SessionLog log;
    private final boolean trusted;
    private ServiceSettings now;
    private boolean unsignedOutputs;

    SessionSettings(ServiceSettings service, boolean trusted, SessionLog log) {
        this.filter = new SettingsFilter(service, trusted, log);
        this.log = log;
        this.trusted = trusted;
        this.now = service;
    }

    /** The settings as they are for the session now. */
    ServiceSettings now() {
        return now;
    }

    /**
     * Whether substituters are believed what an output came out as without a signature: a client that may add anything
     * said {@code --no-require-sigs}. Nix never asks for one there.
     */
    boolean takesUnsignedOutputs() {
        return unsignedOutputs || !now.requireSignatures();
    }

    void apply(ClientSettings client) {
        log.limitTo(client.verbosity());
        unsignedOutputs = trusted && "false".equals(client.overrides().get("require-sigs"));
        ClientSettings allowed = filter.allowed(client);
        now = now.with("substitute", Boolean.toString(allowed.useSubstitutes()));
        allowed.overrides().forEach((name, value) -> {
            try {
                now = now.with(name, value);
            } catch (FormatException e) {
                log.warn(String.valueOf(e.getMessage()));
            }
        });
    }
}
