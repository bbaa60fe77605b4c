package dev.berth.store.daemon;

import dev.berth.nix.FormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A shell's quotes, as far as they hold no variables and commands (libutil/strings.cc, {@code shellSplitString}). */
final class ShellWords {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    private final String text;
    private final List<String> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private boolean begun;
    private int at;

    private ShellWords(String text) {
        this.text = text;
    }

    /**
     * Splits at blanks outside of quotes.
     *
     * @throws FormatException if a quote is not closed
     */
    static List<String> split(String text) {
        ShellWords split = new ShellWords(text);
        while (split.at < text.length()) {
            split.next();
        }
        split.end();
        return List.copyOf(split.words);
    }

    private void next() {
        char c = text.charAt(at++);
        switch (c) {
            case ' ', '\t', '\n', '\r' -> end();
            case '\'', '"' -> {
                begun = true;
                quoted(c);
            }
            case '\\' -> {
                begun = true;
                if (at < text.length()) {
                    word.append(text.charAt(at++));
                }
            }
            default -> {
                begun = true;
                word.append(c);
            }
        }
    }

    private void quoted(char quote) {
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == quote) {
                return;
            }
            boolean escape = c == '\\' && quote == '"' && at < text.length() && "\"\\$`".indexOf(text.charAt(at)) >= 0;
            word.append(escape ? text.charAt(at++) : c);
        }
        throw new FormatException("a quote in " + FormatException.quote(text) + " is not closed");
    }

    private void end() {
        if (begun) {
            words.add(word.toString());
            word.setLength(0);
            begun = false;
        }
    }

    /** The word as a shell reads it back. */
    static String quote(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
