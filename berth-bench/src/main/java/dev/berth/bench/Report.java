package dev.berth.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** The table of results, in Markdown. One thread. */
final class Report {
    private final List<List<String>> rows = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private boolean missed;

    /**
     * Adds a comparison.
     *
     * @param target the greatest part of the peer's time that Berth may take
     */
    void compare(String what, Samples berth, String peer, Samples peers, OptionalDouble target) {
        double ratio = berth.over(peers);
        row(
                what,
                berth.print(),
                peer + " " + peers.print(),
                decimal(ratio),
                target.isPresent() ? "≤ " + decimal(target.getAsDouble()) : "",
                target.isPresent() ? met(ratio <= target.getAsDouble()) : "");
    }

    /**
     * Adds a comparison of two in a contest.
     *
     * @param who whose time is Berth's
     * @param target the greatest part of the peer's time that Berth may take
     */
    void compare(String what, Contest contest, String who, String peer, OptionalDouble target) {
        compare(what, contest.of(who), peer, contest.of(peer), target);
    }

    /**
     * Adds a comparison of rates.
     *
     * @param ratio Berth's rate as a multiple of the peer's
     * @param target the least multiple that is good
     */
    void atLeast(String what, String berth, String peer, double ratio, double target) {
        row(what, berth, peer, decimal(ratio), "≥ " + decimal(target), met(ratio >= target));
    }

    /** Adds a figure that has a limit of its own. */
    void limit(String what, String berth, String peer, double value, double greatest, String unit) {
        row(what, berth, peer, "", "≤ " + decimal(greatest) + " " + unit, met(value <= greatest));
    }

    /** Adds a figure to know. */
    void figure(String what, String berth, String peer) {
        row(what, berth, peer, "", "", "");
    }

    /** Adds a line below the table. */
    void note(String text) {
        notes.add(text);
    }

    /** Whether every target was met. */
    boolean isMet() {
        return !missed;
    }

    void print(PrintStream out) {
        out.println("| what | Berth | peer | Berth / peer | target | met |");
        out.println("|---|---|---|---|---|---|");
        rows.forEach(row -> out.println("| " + String.join(" | ", row) + " |"));
        out.println();
        notes.forEach(note -> out.println("- " + note));
    }

    private void row(String... cells) {
        rows.add(List.of(cells));
    }

    private String met(boolean met) {
        missed |= !met;
        return met ? "yes" : "**no**";
    }

    static String decimal(double value) {
        return value == Math.rint(value) && value >= 10
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, "%.2f", value);
    }
}
