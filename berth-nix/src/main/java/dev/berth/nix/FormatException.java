package dev.berth.nix;

/** A text or value that does not follow one of Nix's formats. The message is one line: what, and what is wrong with it. */
public class FormatException extends RuntimeException {
    /** @param message one line, for the user */
    public FormatException(String message) {
        super(message);
    }

    /**
     * @param message one line, for the user
     * @param cause what the parser met
     */
    public FormatException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Shows at most 100 characters of a hostile text in quotes, control characters replaced, for use in messages. */
    public static String quote(String text) {
        String shown = text.length() > 100 ? text.substring(0, 100) + "…" : text;
        return "'" + shown.replaceAll("\\p{Cntrl}", "?") + "'";
    }
}
