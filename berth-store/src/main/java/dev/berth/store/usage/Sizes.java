package dev.berth.store.usage;

import dev.berth.nix.FormatException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes and times as people write them. */
public final class Sizes {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,15})(?:([KMGTP])(?:iB)?)?");
    private static final Pattern AGE = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d|w)");
    private static final String UNITS = "KMGTP";

    private Sizes() {}

    /**
     * Reads a size: bytes, or with {@code K}, {@code M}, {@code G}, {@code T} or {@code P} that many times 1024 as Nix
     * counts, {@code iB} behind or not.
     *
     * @throws FormatException for anything else, or more than 2⁶³
     */
    public static long parse(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            throw new FormatException("not a size such as 500M or 200G: " + FormatException.quote(text));
        }
        long count = Long.parseLong(matcher.group(1));
        int shift = matcher.group(2) == null ? 0 : 10 * (1 + UNITS.indexOf(matcher.group(2)));
        if (count > Long.MAX_VALUE >> shift) {
            throw new FormatException("size " + FormatException.quote(text) + " is too large");
        }
        return count << shift;
    }

    /**
     * Reads a time such as {@code 30d}, {@code 12h}, {@code 10m}.
     *
     * @throws FormatException for anything else
     */
    public static Duration parseAge(String text) {
        Matcher matcher = AGE.matcher(text);
        if (!matcher.matches()) {
            throw new FormatException("not a time such as 30d, 12h or 10m: " + FormatException.quote(text));
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            case "d" -> Duration.ofDays(count);
            default -> Duration.ofDays(7 * count);
        };
    }

    /** A size for people, such as {@code 12.3 GiB}. */
    public static String show(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        do {
            value /= 1024;
            unit++;
        } while (value >= 1024 && unit < UNITS.length() - 1);
        return String.format(Locale.ROOT, "%.1f %ciB", value, UNITS.charAt(unit));
    }

    /** A time for people, in its greatest unit: {@code 41 d}, {@code 5 h}, {@code 12 min}, {@code 3 s}. */
    public static String show(Duration time) {
        long seconds = Math.max(0, time.toSeconds());
        if (seconds < 120) {
            return seconds + " s";
        }
        if (seconds < 2 * 3600) {
            return seconds / 60 + " min";
        }
        return seconds < 2 * 86_400 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
    }
}
