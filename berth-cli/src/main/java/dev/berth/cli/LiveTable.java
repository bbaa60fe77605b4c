package dev.berth.cli;

import dev.berth.deploy.wait.Readiness;
import dev.berth.kubernetes.ObjectKey;
import dev.berth.linux.TerminalSize;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A table of what is waited for, at the lower end of a terminal: redrawn in place at each change, with lines that scroll by
 * above it. What is ready is counted and no longer shown. Thread-safe.
 */
final class LiveTable {
    private static final int MOST_ROWS = 20;
    private static final int LONGEST_NAME = 60;
    private static final String NO_WRAP = "\u001b[?7l";
    private static final String WRAP = "\u001b[?7h";

    private final PrintWriter out;
    private final Supplier<TerminalSize> size;
    private final Map<ObjectKey, Readiness> states = new LinkedHashMap<>();
    private int total;
    private int drawn;

    /**
     * @param out the terminal
     * @param size asked for at each change
     */
    LiveTable(PrintWriter out, Supplier<TerminalSize> size) {
        this.out = out;
        this.size = size;
    }

    /** Shows these objects instead of the former ones. */
    synchronized void begin(Collection<ObjectKey> objects) {
        states.clear();
        objects.forEach(object -> states.put(object, new Readiness.Waiting("")));
        total = states.size();
        redraw("");
    }

    /** An object is in another state. */
    synchronized void set(ObjectKey object, Readiness now) {
        if (now instanceof Readiness.Ready) {
            states.remove(object);
        } else {
            states.put(object, now);
        }
        redraw("");
    }

    /** Prints lines above the table. */
    synchronized void print(Collection<String> lines) {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line).append('\n'));
        redraw(text.toString());
    }

    /** Takes the table away. */
    synchronized void end() {
        states.clear();
        redraw("");
    }

    private void redraw(String above) {
        StringBuilder text = new StringBuilder();
        if (drawn > 0) {
            text.append("\u001b[").append(drawn).append("A\r\u001b[J"); // up to its first line, and clear from there
        }
        text.append(above);
        List<String> table = states.isEmpty() ? List.of() : lines(states, total, size.get());
        if (!table.isEmpty()) {
            text.append(NO_WRAP);
            table.forEach(line -> text.append(line).append('\n'));
            text.append(WRAP);
        }
        drawn = table.size();
        out.print(text);
        out.flush();
    }

    /** The table as lines: failures and troubles first, the count last. */
    static List<String> lines(Map<ObjectKey, Readiness> states, int total, TerminalSize size) {
        int rows = Math.clamp(size.rows() - 2L, 1, MOST_ROWS);
        List<Map.Entry<ObjectKey, Readiness>> sorted = new ArrayList<>(states.entrySet());
        sorted.sort((a, b) -> Integer.compare(rank(a.getValue()), rank(b.getValue())));
        List<Map.Entry<ObjectKey, Readiness>> shown = sorted.subList(0, Math.min(rows, sorted.size()));
        int width = shown.stream()
                .mapToInt(entry -> entry.getKey().toString().length())
                .max()
                .orElse(0);
        int name = Math.clamp(size.columns() / 2L, 1, Math.min(width, LONGEST_NAME));
        List<String> lines = new ArrayList<>();
        for (Map.Entry<ObjectKey, Readiness> entry : shown) {
            String key = cut(entry.getKey().toString(), name);
            int left = size.columns() - name - 4;
            lines.add("  " + key + " ".repeat(name - key.length())
                    + (left > 0 ? "  " + colour(entry.getValue(), cut(words(entry.getValue()), left)) : ""));
        }
        String hidden = sorted.size() > shown.size() ? ", " + (sorted.size() - shown.size()) + " more not shown" : "";
        lines.add(cut((total - states.size()) + " of " + total + " ready" + hidden, size.columns()));
        return lines;
    }

    private static int rank(Readiness state) {
        return switch (state) {
            case Readiness.Failed _ -> 0;
            case Readiness.Troubled _ -> 1;
            case Readiness.Waiting _ -> 2;
            case Readiness.Ready _ -> 3;
        };
    }

    private static String words(Readiness state) {
        return switch (state) {
            case Readiness.Failed(String why) -> state.word() + ": " + why;
            case Readiness.Troubled(String why) -> why;
            case Readiness.Ready _, Readiness.Waiting _ -> state.why().isEmpty() ? state.word() : state.why();
        };
    }

    private static String colour(Readiness state, String text) {
        return switch (state) {
            case Readiness.Failed _ -> "\u001b[31m" + text + "\u001b[0m";
            case Readiness.Troubled _ -> "\u001b[33m" + text + "\u001b[0m";
            case Readiness.Waiting _, Readiness.Ready _ -> text;
        };
    }

    private static String cut(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        int end = Math.max(0, max - 1);
        return text.substring(0, end > 0 && Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
