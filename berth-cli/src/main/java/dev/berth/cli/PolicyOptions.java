package dev.berth.cli;

import dev.berth.deploy.apply.Deployment;
import picocli.CommandLine.Option;

/** What a deployment may do beyond creating and changing its objects. */
final class PolicyOptions {
    @Option(
            names = "--prune",
            description = "Delete what has the discriminator and is not in the manifest any more; it is shown first.")
    private boolean prune;

    @Option(
            names = "--recreate",
            description =
                    "Delete and make anew what can't be changed in place, such as a Job; never a volume or claim, a Secret,"
                            + " a Namespace or a CRD.")
    private boolean recreate;

    @Option(
            names = {"--force-conflicts", "--force-apply"},
            description = "Take fields that other managers have with other values, and objects of other deployments.")
    private boolean force;

    Deployment.Policy policy(boolean await) {
        return new Deployment.Policy(force, recreate, prune, await);
    }
}
