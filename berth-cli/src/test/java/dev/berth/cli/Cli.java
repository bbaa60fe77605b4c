package dev.berth.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * A command line that a test runs in its own process.
 *
 * @param exitCode its exit code
 * @param out what it printed
 * @param err what it said on standard error through the command line; progress goes to the real one
 */
record Cli(int exitCode, String out, String err) {
    static Cli run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Main.commandLine(arguments)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
        return new Cli(exitCode, out.toString(), err.toString());
    }

    /** Runs what must succeed, and gives what it printed without the last line break. */
    static String output(String... arguments) {
        Cli cli = run(arguments);
        if (cli.exitCode != 0) {
            throw new AssertionError(String.join(" ", arguments) + " exited with " + cli.exitCode + ": " + cli.err);
        }
        return cli.out.strip();
    }
}
