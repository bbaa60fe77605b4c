package dev.berth.deploy.cluster;

import org.jspecify.annotations.Nullable;

/** Texts of strangers in our messages. */
final class Text {
    private static final int LONGEST = 1000;

    private Text() {}

    /** One line without control characters, of bounded length. */
    static String line(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return "no reason given";
        }
        String line = printable(text.length() > 8 * LONGEST ? text.substring(0, 8 * LONGEST) : text)
                .replaceAll("\\s+", " ")
                .strip();
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line;
    }

    /** The text with control characters, by which a terminal could be told things, replaced. */
    static String printable(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}&&[^\\s]]", "\uFFFD");
    }
}
