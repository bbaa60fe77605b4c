package dev.berth.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Asks before something is changed. */
final class Question {
    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask. Needed where there is no terminal to ask on.")
    private boolean yes;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    /** @throws ParameterException if it would have to ask and there is nobody to answer */
    void mustBePossible() {
        if (!yes && !Terminal.onStandardInput()) {
            throw new ParameterException(
                    spec.commandLine(), "there is no terminal to ask on: give --yes, or --dry-run only to look");
        }
    }

    /** Whether to go on. */
    boolean goOn(String question) throws IOException {
        if (yes) {
            return true;
        }
        PrintWriter err = spec.commandLine().getErr();
        err.print(question + " [y/N] ");
        err.flush();
        String answer = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        if (answer == null) {
            err.println(); // so that what follows does not stand behind the question
            return false;
        }
        return answer.strip().equalsIgnoreCase("y") || answer.strip().equalsIgnoreCase("yes");
    }
}
