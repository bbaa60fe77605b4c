package dev.berth.deploy.wait;

/**
 * Words of the cluster, made fit for a terminal and a log: one line, no control or formatting characters (an escape
 * sequence in a message or a log could rewrite what the user sees), of bounded length.
 */
final class PlainText {
    /** Enough for any message of Kubernetes' own. */
    private static final int MAX_MESSAGE = 400;

    private PlainText() {}

    /** A message of one line. */
    static String message(String text) {
        return line(text, MAX_MESSAGE);
    }

    /** What an exception says. */
    static String of(Exception e) {
        return message(String.valueOf(e.getMessage()));
    }

    /** A reason and a message, with a colon between if there are both. */
    static String join(String reason, String message) {
        return message(reason.isEmpty() || message.isEmpty() ? reason + message : reason + ": " + message);
    }

    /**
     * One line: line breaks and tabs become spaces, other control characters go, as do those that turn the direction of
     * writing.
     *
     * @param max the number of characters (UTF-16) at most; what is cut is marked by an ellipsis
     */
    static String line(String text, int max) {
        StringBuilder out = new StringBuilder(Math.min(text.length(), max));
        boolean space = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c == '\n' || c == '\r' || c == '\t' || c == 0x2028 || c == 0x2029) {
                space = true;
                continue;
            }
            if (isUnfit(c)) {
                continue;
            }
            if (space && !out.isEmpty()) {
                out.append(' ');
            }
            space = false;
            if (out.length() + Character.charCount(c) > max) {
                out.setLength(Math.min(out.length(), max - 1));
                if (!out.isEmpty() && Character.isHighSurrogate(out.charAt(out.length() - 1))) {
                    out.setLength(out.length() - 1);
                }
                return out.append('…').toString();
            }
            out.appendCodePoint(c);
        }
        return out.toString();
    }

    private static boolean isUnfit(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.UNASSIGNED -> true;
            default -> false;
        };
    }
}
