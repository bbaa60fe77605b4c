package dev.berth.cli;

import dev.berth.cli.cache.CacheCommand;
import dev.berth.cli.store.StoreCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The program {@code berth}. */
@Command(
        name = "berth",
        description = "Nix closures in Kubernetes pods, without container images.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
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
        return commandLine(arguments).execute(arguments);
    }

    /**
     * The parser of a command line. It knows only the command that the line names, and all of them if it names none:
     * reading the annotations of every command takes longer than many a command.
     */
    static CommandLine commandLine(String... arguments) {
        CommandLine line = new CommandLine(new Main());
        String first = arguments.length == 0 ? "" : arguments[0];
        switch (first) {
            case "--version", "-V" -> {}
            case "run" -> line.addSubcommand(RunCommand.class);
            case "render" -> line.addSubcommand(RenderCommand.class);
            case "push" -> line.addSubcommand(PushCommand.class);
            case "deploy" -> line.addSubcommand(DeployCommand.class);
            case "diff" -> line.addSubcommand(DiffCommand.class);
            case "delete" -> line.addSubcommand(DeleteCommand.class);
            case "status" -> line.addSubcommand(StatusCommand.class);
            case "validate" -> line.addSubcommand(ValidateCommand.class);
            case "store" ->
                line.addSubcommand(
                        StoreCommand.parser(Arrays.stream(arguments).skip(1).findFirst()));
            case "cache" -> line.addSubcommand(CacheCommand.class);
            case "node" -> line.addSubcommand(NodeCommand.class);
            case "doctor" -> line.addSubcommand(DoctorCommand.class);
            case "gateway" -> line.addSubcommand(GatewayCommand.class);
            case "nix-daemon" -> line.addSubcommand(NixDaemonCommand.class);
            default ->
                line.addSubcommand(RunCommand.class)
                        .addSubcommand(RenderCommand.class)
                        .addSubcommand(PushCommand.class)
                        .addSubcommand(DiffCommand.class)
                        .addSubcommand(DeployCommand.class)
                        .addSubcommand(StatusCommand.class)
                        .addSubcommand(DeleteCommand.class)
                        .addSubcommand(ValidateCommand.class)
                        .addSubcommand(StoreCommand.parser(Optional.empty()))
                        .addSubcommand(CacheCommand.class)
                        .addSubcommand(NodeCommand.class)
                        .addSubcommand(DoctorCommand.class)
                        .addSubcommand(GatewayCommand.class)
                        .addSubcommand(NixDaemonCommand.class)
                        .addSubcommand(CommandLine.HelpCommand.class);
        }
        return line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionStrategy(Main::execute)
                .setParameterExceptionHandler(Failures::usage)
                .setExecutionExceptionHandler(Failures::execution);
    }

    /** Runs the command that was parsed, unless an option or argument is empty. */
    private static int execute(ParseResult parsed) {
        for (ParseResult at = parsed; ; at = at.subcommand()) {
            // What nix-daemon takes is Nix's to say.
            if (!at.commandSpec().name().equals("nix-daemon")) {
                refuseEmpty(at);
            }
            if (!at.hasSubcommand()) {
                return new CommandLine.RunLast().execute(parsed);
            }
        }
    }

    /** A script's variable that is not set is not to stand for this machine's store, or for any deployment. */
    private static void refuseEmpty(ParseResult parsed) {
        CommandLine command = parsed.commandSpec().commandLine();
        for (OptionSpec option : parsed.matchedOptions()) {
            if (option.stringValues().contains("")) {
                throw new CommandLine.ParameterException(
                        command,
                        option.longestName() + " is empty: give " + option.paramLabel() + ", or leave the option out");
            }
        }
        for (PositionalParamSpec argument : parsed.matchedPositionals()) {
            if (argument.stringValues().contains("")) {
                throw new CommandLine.ParameterException(command, argument.paramLabel() + " is empty");
            }
        }
    }

    /** Without a command: usage, and an exit code that tells a script that nothing was done. */
    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "which command? See 'berth --help'");
    }
}
