package dev.berth.cli;

import dev.berth.cli.store.StoreCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The program {@code berth}. */
@Command(
        name = "berth",
        description = "Nix closures in Kubernetes pods, without container images.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        subcommands = {RunCommand.class, StoreCommand.class, NodeCommand.class, CommandLine.HelpCommand.class},
        footer = {"", "Exit codes: 0 done, 1 the work failed, 2 wrong usage."})
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    Main() {
        spec = CommandSpec.create(); // picocli puts the real one here
    }

    /** Runs a command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /** Runs a command line. */
    static int run(String... arguments) {
        return commandLine().execute(arguments);
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Failures::usage)
                .setExecutionExceptionHandler(Failures::execution);
    }

    /** Without a command: usage, and an exit code that tells a script that nothing was done. */
    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "which command? See 'berth --help'");
    }
}
