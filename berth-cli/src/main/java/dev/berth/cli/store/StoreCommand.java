package dev.berth.cli.store;

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
        subcommands = {
            LsCommand.class,
            InfoCommand.class,
            VerifyCommand.class,
            CopyCommand.class,
            AddCommand.class,
            GcCommand.class,
            SignCommand.class,
            RootsCommand.class,
            KeysCommand.class,
            HelpCommand.class
        },
        footer = {
            "",
            "Store URIs are as Nix writes them:",
            "  local?root=DIR, /DIR     a directory of this machine, its files in DIR/nix/store",
            "  auto, local              this machine's /nix",
            "  file://DIR               a binary cache in a directory",
            "  http://…, https://…      a binary cache",
            "Parameters go behind '?': see docs/stores.md."
        })
public final class StoreCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Without a command: what is missing. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command? See 'berth store --help'");
    }
}
