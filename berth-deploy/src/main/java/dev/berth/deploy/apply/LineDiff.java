package dev.berth.deploy.apply;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is different between two texts, line by line: a longest common subsequence, with some lines around each change. */
final class LineDiff {
    private static final int CONTEXT = 2;
    /** Texts whose changed middles have a product of lines beyond this are not searched for what they have in common. */
    private static final long LARGEST = 4_000_000;

    private final String[] before;
    private final String[] after;
    private final List<String> lines = new ArrayList<>();

    private LineDiff(String before, String after) {
        this.before = split(before);
        this.after = split(after);
    }

    /** Lines that begin with {@code "- "}, {@code "+ "} or two spaces; a lone {@code "…"} stands for lines left out. */
    static List<String> of(String before, String after) {
        LineDiff diff = new LineDiff(before, after);
        diff.compare();
        return shortened(diff.lines);
    }

    /** A text without a line break at its end is different from one that has it. */
    private static String[] split(String text) {
        if (text.isEmpty()) {
            return new String[0];
        }
        String[] lines = text.split("\n", -1);
        if (lines[lines.length - 1].isEmpty()) {
            return Arrays.copyOf(lines, lines.length - 1);
        }
        lines[lines.length - 1] += " (no line break at the end)";
        return lines;
    }

    private void compare() {
        int head = 0;
        while (head < before.length && head < after.length && before[head].equals(after[head])) {
            lines.add("  " + before[head++]);
        }
        int tail = 0;
        while (tail < before.length - head
                && tail < after.length - head
                && before[before.length - 1 - tail].equals(after[after.length - 1 - tail])) {
            tail++;
        }
        middle(head, before.length - tail, after.length - tail);
        for (int i = before.length - tail; i < before.length; i++) {
            lines.add("  " + before[i]);
        }
    }

    private void middle(int from, int beforeEnd, int afterEnd) {
        int n = beforeEnd - from;
        int m = afterEnd - from;
        int[][] common = (long) n * m <= LARGEST ? lengths(from, n, m) : new int[0][0];
        int i = 0;
        int j = 0;
        while (i < n || j < m) {
            if (common.length > 0 && i < n && j < m && before[from + i].equals(after[from + j])) {
                lines.add("  " + before[from + i]);
                i++;
                j++;
            } else if (i < n && (j == m || common.length == 0 || common[i + 1][j] >= common[i][j + 1])) {
                lines.add("- " + before[from + i++]);
            } else {
                lines.add("+ " + after[from + j++]);
            }
        }
    }

    /** Of every two tails, how many lines they have in common. */
    private int[][] lengths(int from, int n, int m) {
        int[][] common = new int[n + 1][m + 1];
        for (int i = n - 1; i >= 0; i--) {
            for (int j = m - 1; j >= 0; j--) {
                common[i][j] = before[from + i].equals(after[from + j])
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        return common;
    }

    private static List<String> shortened(List<String> all) {
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            boolean near = all.subList(Math.max(0, i - CONTEXT), Math.min(all.size(), i + CONTEXT + 1)).stream()
                    .anyMatch(line -> !line.startsWith("  "));
            if (near) {
                kept.add(all.get(i));
            } else if (kept.isEmpty() || !kept.getLast().equals("…")) {
                kept.add("…");
            }
        }
        return kept;
    }
}
