package dev.berth.store;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreReference;
import dev.berth.store.StoreException.Kind;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The parameters of a store's URI, read as Nix reads its settings (libutil/config). What is wrong is refused by name. */
public final class StoreParameters {
    private static final Pattern BYTES = Pattern.compile("([0-9]{1,15}?)([KMGT]?)");

    private final StoreReference reference;

    /**
     * @param known the parameters that the kind of store takes
     * @throws StoreException of kind {@code REFUSED} if the URI has another
     */
    public StoreParameters(StoreReference reference, Set<String> known) {
        this.reference = reference;
        for (String name : reference.params().keySet()) {
            if (!known.contains(name)) {
                throw new StoreException(
                        Kind.REFUSED,
                        "cannot open store " + reference.shown() + ": unknown parameter "
                                + FormatException.quote(name) + "; known are "
                                + String.join(", ", new TreeSet<>(known)));
            }
        }
    }

    /** A parameter's value, if it is given and not empty. */
    public Optional<String> text(String name) {
        return reference.param(name).filter(value -> !value.isEmpty());
    }

    /** Yes or no. @throws StoreException if it is something else */
    public Optional<Boolean> flag(String name) {
        return text(name).map(value -> switch (value) {
            case "true", "yes", "1" -> true;
            case "false", "no", "0" -> false;
            default -> throw refused(name, "is neither true nor false");
        });
    }

    /** A whole number. @throws StoreException if it is something else */
    public OptionalInt number(String name) {
        Optional<String> value = text(name);
        try {
            return value.isPresent() ? OptionalInt.of(Integer.parseInt(value.get())) : OptionalInt.empty();
        } catch (NumberFormatException e) {
            throw refused(name, "is not a number");
        }
    }

    /** A number of bytes, with K, M, G or T behind it for units of 1024. @throws StoreException if it is something else */
    public OptionalLong bytes(String name) {
        Optional<String> value = text(name);
        if (value.isEmpty()) {
            return OptionalLong.empty();
        }
        Matcher matcher = BYTES.matcher(value.get());
        if (!matcher.matches()) {
            throw refused(name, "is not a number of bytes, such as 500M or 20G");
        }
        String unit = String.valueOf(matcher.group(2));
        long factor = unit.isEmpty() ? 1 : 1L << (10 * ("KMGT".indexOf(unit) + 1));
        try {
            return OptionalLong.of(Math.multiplyExact(Long.parseLong(matcher.group(1)), factor));
        } catch (ArithmeticException e) {
            throw refused(name, "is more than there can be");
        }
    }

    /** The exception for a parameter's value. */
    public StoreException refused(String name, String why) {
        return new StoreException(
                Kind.REFUSED,
                "cannot open store " + reference.shown() + ": " + name + " "
                        + FormatException.quote(text(name).orElse("")) + " " + why);
    }
}
