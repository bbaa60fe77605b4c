package dev.berth.store.usage;

import dev.berth.nix.FormatException;
import dev.berth.nix.StorePath;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A path whose closure is kept, whoever uses it.
 *
 * @param name what it is called: 1 to 200 letters, digits and {@code . _ - + : @ /}, a letter or digit first
 * @param path what it keeps
 * @param since when it was set
 */
public record Pin(String name, StorePath path, Instant since) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+:@/-]{0,199}");

    /** @throws FormatException for a name that is none */
    public Pin {
        checkName(name);
    }

    /** @throws FormatException for a name that is none */
    public static void checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new FormatException("pin name " + FormatException.quote(name)
                    + " is not 1 to 200 letters, digits and ._-+:@/ with a letter or digit first");
        }
    }
}
