package dev.berth.cli;

import dev.berth.deploy.apply.Deployment;
import dev.berth.deploy.apply.Discriminator;
import dev.berth.deploy.apply.KindOrder;
import dev.berth.deploy.render.DeploymentSettings;
import dev.berth.deploy.render.KubeObject;
import dev.berth.deploy.render.Rendered;
import dev.berth.nix.FormatException;
import dev.berth.store.usage.Sizes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which deployment a command is about. */
final class DeploymentOptions {
    @Option(
            names = "--discriminator",
            paramLabel = "NAME",
            description =
                    "What tells the objects from those of other deployments; of a FILE, else what its modules say.")
    private Optional<String> discriminator = Optional.empty();

    @Option(
            names = "--field-manager",
            paramLabel = "NAME",
            description = "In whose name objects are applied; of a FILE, else what its modules say, or berth.")
    private Optional<String> fieldManager = Optional.empty();

    @Option(names = "--concurrency", paramLabel = "N", description = "Make so many requests at once. Default: 8")
    private int concurrency = Deployment.CONCURRENCY;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Give up after so much time, counted anew once changes begin: 90s, 10m, … Default: 10m")
    private String timeout = Deployment.TIMEOUT.toMinutes() + "m";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    /** A deployment of what was rendered. @throws ParameterException if the options make no sense */
    Deployment of(Rendered rendered, Deployment.Policy policy) {
        Deployment deployment = make(rendered, policy);
        if (policy.prune() && deployment.discriminator().isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--prune needs a discriminator: give --discriminator NAME, or set berth.discriminator in a module");
        }
        return deployment;
    }

    /** What there is of a deployment, without a manifest. */
    Deployment ofNothing(Deployment.Policy policy) {
        if (discriminator.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "which deployment? Give --discriminator NAME");
        }
        return make(new Rendered(List.of(), new TreeMap<>(), DeploymentSettings.NONE), policy);
    }

    private Deployment make(Rendered rendered, Deployment.Policy policy) {
        DeploymentSettings settings = rendered.settings();
        if (concurrency < 1 || concurrency > 100) {
            throw new ParameterException(spec.commandLine(), "--concurrency is from 1 to 100");
        }
        try {
            return new Deployment(
                    rendered.objects().stream().map(KubeObject::json).toList(),
                    discriminator.or(settings::discriminator).map(Discriminator::new),
                    fieldManager.orElse(settings.fieldManager()),
                    KindOrder.USUAL.with(settings.resourcePriority()),
                    policy,
                    concurrency,
                    time());
        } catch (FormatException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private Duration time() {
        try {
            return Sizes.parseAge(timeout);
        } catch (FormatException e) {
            throw new ParameterException(spec.commandLine(), "--timeout: " + e.getMessage(), e);
        }
    }
}
