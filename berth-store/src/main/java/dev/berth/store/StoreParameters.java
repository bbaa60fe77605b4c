package dev.berth.store;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreReference;
import dev.berth.store.StoreException.Kind;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** The parameters of a store's URI, read as Nix reads its settings (libutil/config). What is wrong is refused by name. */
public final class StoreParameters {
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

    /** The exception for a parameter's value. */
    public StoreException refused(String name, String why) {
        return new StoreException(
                Kind.REFUSED,
                "cannot open store " + reference.shown() + ": " + name + " "
                        + FormatException.quote(text(name).orElse("")) + " " + why);
    }
}
