package dev.berth.cli;

import dev.berth.gateway.Gateway;
import dev.berth.gateway.ServedStore;
import dev.berth.gateway.ServiceSettings;
import dev.berth.gateway.config.GatewayFile;
import dev.berth.gateway.config.HostPort;
import dev.berth.gateway.ssh.SshConfig;
import dev.berth.gateway.unix.UnixConfig;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code berth gateway}. */
@Command(
        name = "gateway",
        description = {
            "Serve a store to Nix's clients: on a unix socket as nix-daemon does, and by SSH (ssh-ng:// and ssh://).",
            "Runs until it is stopped by SIGTERM or SIGINT; what is under way then gets the time to end. Options win over the"
                    + " configuration file, which docs/gateway.md describes."
        },
        mixinStandardHelpOptions = true)
final class GatewayCommand implements Callable<Integer> {
    @Option(
            names = "--store",
            paramLabel = "URI",
            description = "The store to serve, as Nix writes it: local, local?root=DIR, daemon, unix://PATH, …")
    private Optional<String> store = Optional.empty();

    @Option(
            names = "--unix",
            paramLabel = "PATH",
            description =
                    "Serve on a unix socket. Root is trusted, every user may connect; the file can say otherwise.")
    private Optional<Path> unix = Optional.empty();

    @Option(
            names = "--ssh",
            paramLabel = "HOST:PORT",
            description = "Serve by SSH on an address; :PORT for all of this machine's, port 0 for a free one.")
    private Optional<String> ssh = Optional.empty();

    @Option(
            names = "--authorized-keys",
            paramLabel = "FILE",
            description =
                    "Who may log in by SSH, in OpenSSH's form; environment=\"BERTH_ROLE=reader|writer|admin\" in front of a key"
                            + " is its role. Read again when it changes. Default: /etc/berth/authorized_keys")
    private Optional<Path> authorizedKeys = Optional.empty();

    @Option(
            names = "--host-key",
            paramLabel = "FILE",
            description =
                    "The host key of SSH; made if it is not there. Default: /var/lib/berth/gateway/ssh_host_ed25519_key")
    private Optional<Path> hostKey = Optional.empty();

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration file, YAML.")
    private Optional<Path> config = Optional.empty();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        GatewayFile file = config.map(GatewayFile::read).orElseGet(GatewayFile::defaults);
        String uri = store.or(file::store)
                .orElseThrow(() -> usage("which store? Give --store URI, or 'store:' in the configuration file"));
        Optional<UnixConfig> unixFront;
        Optional<SshConfig> sshFront;
        ServiceSettings settings = ServiceSettings.DEFAULT;
        try {
            unixFront = unix.or(file.unix()::path)
                    .map(path ->
                            file.unix().at(path.toAbsolutePath().normalize()).orPassed(System.getenv()));
            sshFront = ssh.map(HostPort::parse)
                    .or(file.ssh()::listen)
                    .map(file.ssh().withKeys(hostKey, authorizedKeys)::at);
            for (Map.Entry<String, String> setting : file.settings().entrySet()) {
                settings = settings.with(setting.getKey(), setting.getValue());
            }
        } catch (IllegalArgumentException e) {
            throw usage(Failures.oneLine(e.getMessage()));
        }
        if (unixFront.isEmpty() && sshFront.isEmpty()) {
            throw usage("served where? Give --unix PATH, --ssh HOST:PORT or both");
        }
        try (ServedStore served = open(uri, settings)) {
            Gateway gateway = Gateway.start(served.service(), unixFront, sshFront, file.limits(), file.stopTimeout());
            Service.runUntilStopped(List.of(gateway, served), spec, "serving " + uri + " on " + gateway.served());
        }
        return Failures.DONE;
    }

    private ServedStore open(String uri, ServiceSettings settings) {
        try {
            return ServedStore.open(uri, settings);
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.REFUSED) {
                throw usage("--store: " + e.getMessage());
            }
            throw e;
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
