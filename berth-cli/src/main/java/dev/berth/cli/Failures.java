package dev.berth.cli;

import dev.berth.deploy.push.ScriptException;
import dev.berth.deploy.render.RenderException;
import dev.berth.nix.FormatException;
import dev.berth.node.NodeException;
import dev.berth.store.StoreException;
import dev.berth.store.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Turns what goes wrong into one line on standard error and an exit code. */
final class Failures {
    /** The work was done. */
    static final int DONE = 0;
    /** The work failed. */
    static final int FAILED = 1;
    /** The command line asks for something that can't be. */
    static final int USAGE = 2;

    private Failures() {}

    static int usage(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        command.getErr().println("berth: " + oneLine(e.getMessage()));
        if (!(e instanceof CommandLine.UnmatchedArgumentException unmatched)
                || !CommandLine.UnmatchedArgumentException.printSuggestions(unmatched, command.getErr())) {
            command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        }
        return USAGE;
    }

    static int execution(Exception e, CommandLine command, ParseResult parsed) throws Exception {
        String message = switch (e) {
            case StoreException store -> store.getMessage();
            case FormatException format -> format.getMessage();
            case NodeException node -> node.getMessage();
            case RenderException render -> render.getMessage();
            case ScriptException script -> script.getMessage();
            case ConfigException config -> config.getMessage();
            case UncheckedIOException io -> describe(io.getCause());
            case IOException io -> describe(io);
            // A fault of Berth's own: the trace is for whoever reports it.
            default -> throw e;
        };
        command.getErr().println("berth: " + oneLine(message));
        return e instanceof FormatException || e instanceof ConfigException ? USAGE : FAILED;
    }

    private static @Nullable String describe(@Nullable IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> missing.getFile() + ": no such file or directory";
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            case FileSystemException other when other.getReason() != null -> other.getFile() + ": " + other.getReason();
            case null -> null;
            default -> e.getMessage();
        };
    }

    static String oneLine(@Nullable String message) {
        return String.valueOf(message).strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
