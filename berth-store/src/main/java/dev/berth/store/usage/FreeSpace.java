package dev.berth.store.usage;

import dev.berth.nix.FormatException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much of a file system shall be free. */
public sealed interface FreeSpace {
    /** So many bytes. */
    record Bytes(long count) implements FreeSpace {
        @Override
        public long of(long total) {
            return count;
        }

        @Override
        public String toString() {
            return Sizes.show(count);
        }
    }

    /** So many hundredths of all. */
    record Percent(int percent) implements FreeSpace {
        @Override
        public long of(long total) {
            return (long) (total / 100.0 * percent);
        }

        @Override
        public String toString() {
            return percent + "%";
        }
    }

    /** The bytes that this means on a file system of a size. */
    long of(long total);

    /**
     * Reads {@code 10%} or a size as {@link Sizes#parse} does.
     *
     * @throws FormatException for anything else
     */
    static FreeSpace parse(String text) {
        Matcher percent = Pattern.compile("([0-9]{1,2})%").matcher(text);
        return percent.matches() ? new Percent(Integer.parseInt(percent.group(1))) : new Bytes(Sizes.parse(text));
    }
}
