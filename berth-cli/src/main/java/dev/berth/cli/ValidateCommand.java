package dev.berth.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.render.KubeObject;
import dev.berth.deploy.validate.Finding;
import dev.berth.deploy.validate.MissingProgramsException;
import dev.berth.deploy.validate.ServerPrograms;
import dev.berth.deploy.validate.Validator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth validate}. */
@Command(
        name = "validate",
        description = {
            "Apply the objects of a manifest to an API server that is started for it and thrown away, and check them against"
                    + " its schemas. Prints 'OBJECT: FIELD: PROBLEM' for each problem.",
            "Needs the programs etcd and kube-apiserver, but no cluster."
        },
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:nothing is wrong", "1:something is", "2:the programs are missing, or wrong usage"})
final class ValidateCommand implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "FILE", description = "A manifest: .nix, .json or .yaml.")
    private Optional<Path> file = Optional.empty();

    @Mixin
    private ManifestOptions manifest = new ManifestOptions();

    @Option(
            names = "--programs",
            paramLabel = "DIR",
            description = "Where etcd and kube-apiserver are; then " + ServerPrograms.VARIABLE + " and the PATH.")
    private Optional<Path> programs = Optional.empty();

    @Option(names = "--dual-stack", description = "Let Services have addresses of both families.")
    private boolean dualStack;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        ServerPrograms found;
        try {
            found = ServerPrograms.find(programs, System.getenv());
        } catch (MissingProgramsException e) {
            spec.commandLine().getErr().println("berth: " + e.getMessage());
            return Failures.USAGE;
        }
        List<ObjectNode> objects = manifest.render(file, ManifestOptions.nixStore()).objects().stream()
                .map(KubeObject::json)
                .toList();
        List<Finding> findings = Validator.validate(found, objects, dualStack);
        PrintWriter out = spec.commandLine().getOut();
        findings.forEach(out::println);
        String objectCount = objects.size() == 1 ? "1 object" : objects.size() + " objects";
        spec.commandLine()
                .getErr()
                .println(
                        findings.isEmpty()
                                ? objectCount + ", nothing is wrong"
                                : objectCount + ", " + findings.size()
                                        + (findings.size() == 1 ? " problem" : " problems"));
        return findings.isEmpty() ? Failures.DONE : Failures.FAILED;
    }
}
