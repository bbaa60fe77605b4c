package dev.berth.store.nix;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Nix's words on standard error, and the one line that they come to. */
public final class NixMessages {
    private static final int MAX_LENGTH = 600;
    private static final Pattern ESCAPES = Pattern.compile("\u001b\\[[0-9;]*[A-Za-z]");
    private static final Pattern POSITION = Pattern.compile("\\s*at (\\S.*:[0-9]+:[0-9]+):?");
    private static final Predicate<String> FOLLOWS_FROM_ANOTHER = Pattern.compile(
                    "error: ([0-9]+|some) dependenc.*|error: build of .* failed.*|error: Build failed due to.*")
            .asMatchPredicate();
    private static final Predicate<String> NOISE = Pattern.compile(
                    ".*did not specify '--add-root'.*|.*the group '.*' specified in 'build-users-group'.*|"
                            + "\\(use '--show-trace'.*|warning: unknown setting 'build-dir'|\\s*")
            .asMatchPredicate();

    private NixMessages() {}

    /** Without colours and what else a terminal would act on. */
    public static String plain(String line) {
        return ESCAPES.matcher(line).replaceAll("").replaceAll("\\p{Cntrl}", " ");
    }

    /** Whether a line begins what an error ends, which is told as one. */
    static boolean isOfAnError(String line) {
        return line.startsWith("error:") || line.startsWith("  ") || line.startsWith("don't know how to build");
    }

    /** Whether a line tells the user nothing. */
    public static boolean isNoise(String line) {
        return NOISE.test(line);
    }

    /** The cause, in one line, with the position that Nix gives. */
    public static String condense(List<String> lines) {
        int error = -1;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.startsWith("error:") && !FOLLOWS_FROM_ANOTHER.test(line) && line.length() > "error:".length()) {
                error = i;
            }
        }
        if (error < 0) {
            // A path that nothing offers: the words stand before the error.
            List<String> said = lines.stream()
                    .map(String::strip)
                    .filter(line -> !isNoise(line) && !FOLLOWS_FROM_ANOTHER.test(line))
                    .toList();
            return shorten(String.join(" ", said.subList(Math.max(0, said.size() - 3), said.size())));
        }
        List<String> words = new ArrayList<>();
        words.add(lines.get(error).strip().substring("error:".length()).strip());
        int next = error + 1;
        while (next < lines.size()
                && !isNoise(lines.get(next).strip())
                && !POSITION.matcher(lines.get(next)).matches()
                && !lines.get(next).strip().startsWith("error:")) {
            words.add(lines.get(next++).strip());
        }
        String position = "";
        for (; next < lines.size() && position.isEmpty(); next++) {
            position = position(lines.get(next));
        }
        for (int i = error - 1; i >= 0 && position.isEmpty(); i--) {
            position = position(lines.get(i)); // newer Nix puts the trace in front
        }
        String message = shorten(String.join(" ", words));
        return position.isEmpty() || message.contains(position) ? message : position + ": " + message;
    }

    /** A position in a file; not one in the expression that Berth wraps around it. */
    private static String position(String line) {
        Matcher matcher = POSITION.matcher(line);
        return matcher.matches()
                        && !matcher.group(1).startsWith("«")
                        && !matcher.group(1).startsWith("(")
                ? matcher.group(1)
                : "";
    }

    private static String shorten(String text) {
        return text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH) + "…";
    }
}
