package dev.berth.node.doctor;

/**
 * What was found out about one thing.
 *
 * @param name of the thing, such as {@code composefs}
 * @param verdict whether it works
 * @param why what was seen, one line
 * @param change what to change, one line; empty if it works
 */
public record Finding(String name, Verdict verdict, String why, String change) {
    /** Whether a thing works. */
    public enum Verdict {
        /** As it should. */
        OK,
        /** In a way, or not with all that belongs to it. */
        LIMITED,
        /** Not at all. */
        NO
    }

    static Finding ok(String name, String why) {
        return new Finding(name, Verdict.OK, why, "");
    }

    static Finding limited(String name, String why, String change) {
        return new Finding(name, Verdict.LIMITED, why, change);
    }

    static Finding no(String name, String why, String change) {
        return new Finding(name, Verdict.NO, why, change);
    }
}
