package dev.berth.gateway.ssh;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/** What a client of SSH asks to be run, as far as it is what Nix's clients ask for. */
sealed interface Request {
    /**
     * {@code nix-daemon --stdio}: the worker protocol.
     *
     * @param untrusted whether the client gives up being trusted
     */
    record Worker(boolean untrusted) implements Request {}

    /**
     * {@code nix-store --serve}: the serve protocol.
     *
     * @param write whether {@code --write} was given
     */
    record Serve(boolean write) implements Request {}

    /**
     * A line to print, with exit code 0.
     *
     * @param line without its end
     */
    record Answer(String line) implements Request {}

    /**
     * Nothing that is run here.
     *
     * @param reason one line
     * @param exitCode as a shell would give it
     */
    record Refusal(String reason, int exitCode) implements Request {}

    /** The exit code of a shell that does not find a program. */
    int NOT_FOUND = 127;

    /** The exit code of wrong usage. */
    int USAGE = 2;

    /** Options without a value that clients put in front, and that change nothing here. */
    Set<String> FLAGS =
            Set.of("-v", "--verbose", "--quiet", "--debug", "--show-trace", "-L", "--print-build-logs", "--daemon");

    /** Options with one value that change nothing here. */
    Set<String> WITH_VALUE =
            Set.of("--extra-experimental-features", "--experimental-features", "--log-format", "--verbosity");

    /** The stores that are this gateway's own by another name. */
    Set<String> OWN_STORE = Set.of("auto", "daemon", "local", "");

    /**
     * Reads a command line.
     *
     * @param nixVersion what {@code --version} says
     */
    static Request parse(String line, String nixVersion) {
        try {
            List<String> words = new ArrayList<>(ShellWords.split(line));
            if (words.isEmpty()) {
                return noShell();
            }
            String program = baseName(words.removeFirst());
            return switch (program) {
                case "nix-daemon" -> daemon(program, words, nixVersion);
                case "nix" -> nix(words, nixVersion);
                case "nix-store" -> store(words, nixVersion);
                // Nix's sign of life of a connection that others will share.
                case "echo" -> new Answer(String.join(" ", words));
                default -> notFound(program);
            };
        } catch (IllegalArgumentException e) {
            return new Refusal("cannot run this: " + e.getMessage(), USAGE);
        }
    }

    /** For a client that asks for no command. */
    static Request noShell() {
        return new Refusal("this is a Nix store without a shell: use it by ssh-ng://HOST or ssh://HOST", 1);
    }

    private static Refusal notFound(String program) {
        return new Refusal(
                "command not found: '" + program.replaceAll("\\p{Cntrl}", "?")
                        + "'; here run 'nix-daemon --stdio' and 'nix-store --serve' only",
                NOT_FOUND);
    }

    private static String baseName(String program) {
        return program.substring(program.lastIndexOf('/') + 1);
    }

    private static Request nix(List<String> words, String nixVersion) {
        List<String> rest = new ArrayList<>(words);
        int daemon = rest.indexOf("daemon");
        if (daemon < 0 && rest.contains("--version")) {
            return new Answer("nix (Nix) " + nixVersion);
        }
        if (daemon < 0) {
            return notFound(rest.isEmpty() ? "nix" : "nix " + rest.getFirst());
        }
        rest.remove(daemon);
        return daemon("nix daemon", rest, nixVersion);
    }

    private static Request daemon(String program, List<String> words, String nixVersion) {
        boolean stdio = false;
        boolean untrusted = false;
        for (Iterator<String> rest = words.iterator(); rest.hasNext(); ) {
            String word = rest.next();
            switch (word) {
                case "--stdio" -> stdio = true;
                case "--force-untrusted" -> untrusted = true;
                case "--version" -> {
                    return new Answer(program + " (Nix) " + nixVersion);
                }
                // Who is trusted is a matter of keys here.
                case "--default-trust", "--process-ops" -> {}
                default -> common(program, word, rest);
            }
        }
        return stdio
                ? new Worker(untrusted)
                : new Refusal("'" + program + "' runs with --stdio only: the gateway is the daemon here", USAGE);
    }

    private static Request store(List<String> words, String nixVersion) {
        boolean serve = false;
        boolean write = false;
        for (Iterator<String> rest = words.iterator(); rest.hasNext(); ) {
            String word = rest.next();
            switch (word) {
                case "--serve" -> serve = true;
                case "--write" -> write = true;
                case "--version" -> {
                    return new Answer("nix-store (Nix) " + nixVersion);
                }
                default -> common("nix-store", word, rest);
            }
        }
        return serve
                ? new Serve(write)
                : new Refusal("'nix-store' runs with --serve only here: use ssh-ng://HOST or ssh://HOST", USAGE);
    }

    /** An option of every program of Nix. */
    private static void common(String program, String word, Iterator<String> rest) {
        if (FLAGS.contains(word)) {
            return;
        }
        if (WITH_VALUE.contains(word)) {
            value(word, rest);
        } else if (word.equals("--option")) {
            value(word, rest);
            value(word, rest);
        } else if (word.equals("--store")) {
            String store = value(word, rest);
            if (!OWN_STORE.contains(store)) {
                throw new IllegalArgumentException("the gateway serves its own store only, not '" + store + "'");
            }
        } else {
            throw new IllegalArgumentException("'" + program + "' does not take '" + word + "' here");
        }
    }

    private static String value(String option, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw new IllegalArgumentException("'" + option + "' misses its value");
        }
        return rest.next();
    }
}
