package dev.berth.cli.store;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code berth store}. */
@Command(
        name = "store",
        description = "Look into stores, copy between them, collect garbage.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Store URIs are as Nix writes them:",
            "  local?root=DIR, /DIR     a directory of this machine, its files in DIR/nix/store",
            "  auto, local              this machine's /nix",
            "  daemon, unix://PATH      a Nix daemon of this machine",
            "  ssh-ng://HOST, ssh://HOST  Nix on another machine",
            "  file://DIR               a binary cache in a directory",
            "  http://…, https://…      a binary cache",
            "Parameters go behind '?': see docs/stores.md."
        })
public final class StoreCommand implements Runnable {
    private record Below(String name, Class<?> command) {}

    private static final List<Below> COMMANDS = List.of(
            new Below("ls", LsCommand.class),
            new Below("info", InfoCommand.class),
            new Below("verify", VerifyCommand.class),
            new Below("copy", CopyCommand.class),
            new Below("add", AddCommand.class),
            new Below("gc", GcCommand.class),
            new Below("sign", SignCommand.class),
            new Below("roots", RootsCommand.class),
            new Below("keys", KeysCommand.class),
            new Below("help", HelpCommand.class));

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /**
     * The parser of this command. It knows only the command below it that a line names, and all of them if it names none:
     * reading the annotations of every command takes longer than many a command.
     *
     * @param named what follows {@code store} on the line, if anything does
     */
    public static CommandLine parser(Optional<String> named) {
        CommandLine parser = new CommandLine(new StoreCommand());
        List<Below> fitting = COMMANDS.stream()
                .filter(below -> named.filter(below.name()::equals).isPresent())
                .toList();
        (fitting.isEmpty() ? COMMANDS : fitting).forEach(below -> parser.addSubcommand(below.command()));
        return parser;
    }

    /** Without a command: what is missing. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command? See 'berth store --help'");
    }
}
