package dev.berth.kubernetes;

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
        String line =
                printable(shortened(text, 8 * LONGEST)).replaceAll("\\s+", " ").strip();
        return shortened(line, LONGEST);
    }

    /** Without its middle: what is wrong with an object often stands behind all of the object. */
    private static String shortened(String text, int length) {
        return text.length() > length
                ? text.substring(0, length * 3 / 4) + "…" + text.substring(text.length() - length / 4)
                : text;
    }

    /** The text with control characters, by which a terminal could be told things, replaced. */
    static String printable(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}&&[^\\s]]", "\uFFFD");
    }
}
