package dev.berth.cli.cache;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code berth cache}. */
@Command(
        name = "cache",
        description = {
            "Keep a store that is served as large as it shall be: see what was used when, pin closures, and collect what nobody"
                    + " used for long.",
            "The store is one of this machine or a binary cache that can be written; docs/cache-gc.md describes the rules."
        },
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        subcommands = {
            GcCommand.class,
            PinCommand.class,
            UnpinCommand.class,
            PinsCommand.class,
            StatsCommand.class,
            HelpCommand.class
        })
public final class CacheCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Without a command: what is missing. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command? See 'berth cache --help'");
    }
}
