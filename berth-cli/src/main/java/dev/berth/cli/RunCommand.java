package dev.berth.cli;

import dev.berth.run.LocalRun;
import dev.berth.run.RunException;
import dev.berth.run.RunOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth run}. */
@Command(
        name = "run",
        description = {
            "Run the pods of a file on this machine, without a cluster.",
            "A .nix file is evaluated and what it names is built; .json and .yaml files are taken as they are. The closure goes"
                    + " through an embedded cache and an embedded node agent into the containers. Exits with the exit code of"
                    + " the first container that did not exit with 0; 130 after Ctrl-C. See docs/run.md."
        },
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "A manifest: .nix, .json or .yaml.")
    private Path file = Path.of("");

    @Option(
            names = "--root",
            paramLabel = "DIR",
            description = "Where state is kept; else $BERTH_RUN_ROOT, else /var/lib/berth/run.")
    private Optional<Path> root = Optional.empty();

    @Option(
            names = "--rootfs",
            paramLabel = "DIR",
            description =
                    "The files of the containers' images, which stay as they are; without it images must be empty.")
    private Optional<Path> rootfs = Optional.empty();

    @Option(names = "--keep", description = "Keep the pods' directories and volumes until the next run.")
    private boolean keep;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        RunOptions options = new RunOptions(
                file,
                root.orElseGet(() -> RunOptions.defaultRoot(System.getenv())),
                rootfs,
                keep,
                NixModules.directory());
        try {
            return LocalRun.run(options, System.out, System.err);
        } catch (RunException e) {
            spec.commandLine().getErr().println("berth: " + Failures.oneLine(e.getMessage()));
            return e.exitCode();
        }
    }
}
