package dev.berth.cli;

import dev.berth.gateway.Gateway;
import dev.berth.gateway.Role;
import dev.berth.gateway.ServedStore;
import dev.berth.gateway.StandardStreams;
import dev.berth.gateway.config.NixConf;
import dev.berth.gateway.config.NixDaemonConfig;
import dev.berth.gateway.config.NixEnvironment;
import dev.berth.gateway.unix.UnixConfig;
import dev.berth.gateway.unix.UserRules;
import dev.berth.store.SubstituterListener;
import dev.berth.wire.SessionLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code berth nix-daemon}. */
@Command(
        name = "nix-daemon",
        description = {
            "Do what nix-daemon does, in its place: with its environment variables, configuration files and socket.",
            "Settings that apply: store, trusted-users, allowed-users, build-users-group, trusted-public-keys, require-sigs,"
                    + " substituters, trusted-substituters, substitute, keep-outputs, keep-derivations, auto-optimise-store."
                    + " There is no builder yet."
        })
final class NixDaemonCommand implements Callable<Integer> {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

    @Option(names = "--stdio", description = "Serve the client at standard input and output, who is trusted.")
    private boolean stdio;

    // Nobody asks for these: picocli only has to know that they exist.
    @SuppressWarnings("UnusedVariable")
    @Option(names = "--daemon", description = "For compatibility: this is so without --stdio.")
    private boolean daemon;

    @Option(names = "--socket-path", paramLabel = "PATH", description = "Where to listen instead.")
    private Optional<Path> socket = Optional.empty();

    @Option(
            names = "--option",
            arity = "2",
            paramLabel = "NAME VALUE",
            hideParamSyntax = true,
            description = "Change a setting, as in nix.conf; may be repeated.")
    private List<String> options = List.of();

    @SuppressWarnings("UnusedVariable")
    @Option(
            names = {"--extra-experimental-features", "--experimental-features", "--log-format"},
            paramLabel = "WORDS",
            description = "For compatibility: changes nothing.")
    private List<String> ignored = List.of();

    @Option(names = "--force-trusted", description = "Trust every client.")
    private boolean forceTrusted;

    @Option(names = "--force-untrusted", description = "Trust no client.")
    private boolean forceUntrusted;

    @SuppressWarnings("UnusedVariable")
    @Option(
            names = {"--default-trust", "--process-ops", "-v", "--verbose", "--quiet", "--debug"},
            description = "For compatibility: changes nothing.")
    private boolean[] ignoredFlags = {};

    @Option(names = "--version", description = "Print the version of Nix that clients are told, and exit.")
    private boolean version;

    @SuppressWarnings("UnusedVariable")
    @Option(names = "--help", usageHelp = true, description = "Show this help message and exit.")
    private boolean help;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        NixEnvironment environment = new NixEnvironment(System.getenv());
        NixConf conf = NixConf.load(environment);
        for (int i = 0; i + 1 < options.size(); i += 2) {
            conf = conf.with(options.get(i), options.get(i + 1));
        }
        NixDaemonConfig config = new NixDaemonConfig(environment, conf);
        if (version) {
            spec.commandLine()
                    .getOut()
                    .println("nix-daemon (Nix) " + config.settings().nixVersion());
            return Failures.DONE;
        }
        if (forceTrusted && forceUntrusted) {
            throw new ParameterException(
                    spec.commandLine(), "--force-trusted and --force-untrusted contradict each other");
        }
        try (ServedStore served = open(config)) {
            if (stdio) {
                Role role = forceUntrusted ? Role.WRITER : Role.ADMIN;
                StandardStreams.serve(served.service(), role, SessionLimits.DEFAULT);
            } else {
                listen(config, served);
            }
        }
        return Failures.DONE;
    }

    private static ServedStore open(NixDaemonConfig config) {
        return config.localStore()
                .map(local ->
                        ServedStore.local(local, config.settings(), config.substituting(), SubstituterListener.NONE))
                .orElseGet(() -> ServedStore.open(config.store(), config.settings()));
    }

    private void listen(NixDaemonConfig config, ServedStore served) throws IOException, InterruptedException {
        Path path = socket.map(file -> file.toAbsolutePath().normalize()).orElseGet(config::socket);
        UnixConfig front;
        try {
            front = UnixConfig.of(path, rules(config)).orPassed(System.getenv());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), Failures.oneLine(e.getMessage()), e);
        }
        Gateway gateway = Gateway.start(
                served.service(), Optional.of(front), Optional.empty(), SessionLimits.DEFAULT, STOP_LIMIT);
        Service.runUntilStopped(
                List.of(gateway, served), spec, "serving " + config.store() + " on " + gateway.served());
    }

    private UserRules rules(NixDaemonConfig config) {
        if (forceTrusted) {
            return new UserRules(List.of("*"), List.of(), List.of());
        }
        return forceUntrusted ? UserRules.UNTRUSTED : config.rules();
    }
}
