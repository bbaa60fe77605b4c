package dev.berth.gateway.ssh;

import java.util.ArrayList;
import java.util.List;

/** Splits a command line into words as a shell does, for lines that need no more of a shell than quotes. */
final class ShellWords {
    // What would mean something to a shell and can't be meant here.
    private static final String SPECIAL = "|&;<>()$`*?[#~!{}";

    private final String line;
    private int at;

    private ShellWords(String line) {
        this.line = line;
    }

    /**
     * The words of a line.
     *
     * @throws IllegalArgumentException if it needs a shell, or a quote has no end
     */
    static List<String> split(String line) {
        ShellWords words = new ShellWords(line);
        List<String> result = new ArrayList<>();
        while (words.skipBlanks()) {
            result.add(words.word());
        }
        return result;
    }

    private boolean skipBlanks() {
        while (at < line.length() && isBlank(line.charAt(at))) {
            at++;
        }
        return at < line.length();
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private String word() {
        StringBuilder word = new StringBuilder();
        while (at < line.length() && !isBlank(line.charAt(at))) {
            char c = line.charAt(at++);
            switch (c) {
                case '\'' -> {
                    int end = endOf('\'');
                    word.append(line, at, end);
                    at = end + 1;
                }
                case '"' -> doubleQuoted(word);
                case '\\' -> word.append(next());
                default -> {
                    if (SPECIAL.indexOf(c) >= 0) {
                        throw new IllegalArgumentException("there is no shell here that could do '" + c + "'");
                    }
                    if (Character.isISOControl(c)) {
                        throw new IllegalArgumentException("it is more than one line of text");
                    }
                    word.append(c);
                }
            }
        }
        return word.toString();
    }

    private void doubleQuoted(StringBuilder word) {
        for (char c = next(); c != '"'; c = next()) {
            if (c == '$' || c == '`') {
                throw new IllegalArgumentException("there is no shell here that could do '" + c + "'");
            }
            if (c == '\\' && at < line.length() && "$`\"\\".indexOf(line.charAt(at)) >= 0) {
                c = next();
            }
            word.append(c);
        }
    }

    private char next() {
        if (at == line.length()) {
            throw new IllegalArgumentException("a quote in it has no end");
        }
        return line.charAt(at++);
    }

    private int endOf(char quote) {
        int end = line.indexOf(quote, at);
        if (end < 0) {
            throw new IllegalArgumentException("a quote in it has no end");
        }
        return end;
    }
}
