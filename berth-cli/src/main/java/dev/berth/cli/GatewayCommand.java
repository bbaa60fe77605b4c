package dev.berth.cli;

import dev.berth.gateway.CollectionSchedule;
import dev.berth.gateway.Gateway;
import dev.berth.gateway.ServedStore;
import dev.berth.gateway.ServiceSettings;
import dev.berth.gateway.config.GatewayFile;
import dev.berth.gateway.config.GcFile;
import dev.berth.gateway.config.HttpFile;
import dev.berth.gateway.http.CacheRoutes;
import dev.berth.gateway.http.HttpConfig;
import dev.berth.gateway.http.Metrics;
import dev.berth.gateway.ssh.SshConfig;
import dev.berth.gateway.unix.UnixConfig;
import dev.berth.nix.FormatException;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.config.HostPort;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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
            "Serve a store to Nix's clients: on a unix socket as nix-daemon does, by SSH (ssh-ng:// and ssh://), and"
                    + " as a binary cache over HTTP.",
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

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            description =
                    "Serve as a binary cache over HTTP on an address; :PORT for all of this machine's, port 0 for a"
                            + " free one.")
    private Optional<String> http = Optional.empty();

    @Option(
            names = "--read-token-file",
            paramLabel = "FILE",
            description = "Who may read over HTTP: a token a line. Everybody may without it.")
    private Optional<Path> readTokens = Optional.empty();

    @Option(
            names = "--upload-token-file",
            paramLabel = "FILE",
            description = "Who may upload over HTTP: a token a line. Nobody may without it.")
    private Optional<Path> uploadTokens = Optional.empty();

    @Option(
            names = "--sign-key-file",
            paramLabel = "FILE",
            description = "Sign what is served over HTTP with the secret key of this file; may be given several times.")
    private List<Path> signKeys = List.of();

    @Option(
            names = "--substituters",
            paramLabel = "URI",
            split = ",",
            splitSynopsisLabel = ",",
            description = "Where paths are fetched from that clients ask for and that are not there.")
    private List<String> substituters = List.of();

    @Option(
            names = "--trusted-public-keys",
            paramLabel = "KEY",
            split = ",",
            splitSynopsisLabel = ",",
            description = "Whose signatures let a path in, NAME:BASE64.")
    private List<String> trustedKeys = List.of();

    @Option(
            names = "--usage-db",
            paramLabel = "URL",
            description =
                    "The database of last uses and pins, jdbc:postgresql://HOST/DATABASE; may hold a password, so the"
                            + " configuration file is the better place. Default: an SQLite file beside the store")
    private Optional<String> usageDatabase = Optional.empty();

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration file, YAML.")
    private Optional<Path> config = Optional.empty();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        GatewayFile file = config.map(GatewayFile::read).orElseGet(GatewayFile::defaults);
        String name = store.or(file::store)
                .orElseThrow(() -> usage("which store? Give --store URI, or 'store:' in the configuration file"));
        Optional<UnixConfig> unixFront;
        Optional<SshConfig> sshFront;
        Optional<HttpConfig> httpFront;
        HttpFile httpFile = file.http().with(signKeys, readTokens, uploadTokens);
        ServiceSettings settings = ServiceSettings.DEFAULT;
        String uri;
        try {
            uri = file.diskCache().on(name);
            unixFront = unix.or(file.unix()::path)
                    .map(path ->
                            file.unix().at(path.toAbsolutePath().normalize()).orPassed(System.getenv()));
            sshFront = ssh.map(HostPort::parse)
                    .or(file.ssh()::listen)
                    .map(file.ssh().withKeys(hostKey, authorizedKeys)::at);
            httpFront = http.map(HostPort::parse).or(httpFile::listen).map(httpFile::at);
            for (Map.Entry<String, String> setting : file.settings().entrySet()) {
                settings = settings.with(setting.getKey(), setting.getValue());
            }
            if (file.keptNars().isPresent()) {
                settings = settings.withKeptNars(file.keptNars().get());
            }
            if (!substituters.isEmpty()) {
                settings = settings.with("substituters", String.join(" ", substituters));
            }
            if (!trustedKeys.isEmpty()) {
                settings = settings.with("trusted-public-keys", String.join(" ", trustedKeys));
            }
        } catch (IllegalArgumentException e) {
            throw usage(Failures.oneLine(e.getMessage()));
        }
        if (unixFront.isEmpty() && sshFront.isEmpty() && httpFront.isEmpty()) {
            throw usage("served where? Give --unix PATH, --ssh HOST:PORT, --http HOST:PORT or several");
        }
        Metrics metrics = new Metrics(Version.number());
        try (ServedStore served =
                open(uri, settings, file.substituting(), metrics, usageDatabase.or(file.gc()::usageDatabase))) {
            if (file.gc().schedule().isPresent() && served.usage().isEmpty()) {
                throw usage("gc: nobody knows what is used of " + uri + ": name a 'usage-database'");
            }
            List<AutoCloseable> services = new ArrayList<>();
            Optional<Gateway.Http> cache = Optional.empty();
            if (httpFront.isPresent()) {
                CacheRoutes routes =
                        CacheRoutes.open(served.content(), httpFile.cache(settings.trustedKeys()), served.recorder());
                services.add(routes);
                cache = Optional.of(new Gateway.Http(httpFront.get(), routes, metrics));
            }
            Gateway gateway;
            try {
                gateway =
                        Gateway.start(served.service(), unixFront, sshFront, cache, file.limits(), file.stopTimeout());
            } catch (IOException | RuntimeException e) {
                cache.ifPresent(front -> front.cache().close());
                throw e;
            }
            services.addFirst(gateway);
            collect(file.gc(), served, cache.map(Gateway.Http::metrics)).ifPresent(services::addFirst);
            services.add(served);
            Service.runUntilStopped(services, spec, "serving " + name + " on " + gateway.served());
        }
        return Failures.DONE;
    }

    private Optional<CollectionSchedule> collect(GcFile gc, ServedStore served, Optional<Metrics> metrics) {
        return gc.schedule()
                .map(settings -> CollectionSchedule.start(
                        served.usage().orElseThrow(),
                        settings,
                        metrics.<CollectionSchedule.Listener>map(counted -> counted)
                                .orElse(CollectionSchedule.Listener.NONE)));
    }

    private ServedStore open(
            String uri, ServiceSettings settings, StoreSettings remote, Metrics metrics, Optional<String> uses) {
        try {
            return ServedStore.recording(uri, settings, remote, metrics, uses);
        } catch (FormatException e) {
            throw usage(Failures.oneLine(e.getMessage()));
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
