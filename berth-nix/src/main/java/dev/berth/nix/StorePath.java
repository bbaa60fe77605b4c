package dev.berth.nix;

/**
 * A store path without its store dir: {@code <32 digits>-<name>}, such as
 * {@code q06x3jll2yfzckz2bzqak089p43ixkkq-firefox-33.1} (libstore/path.hh). Ordered as text.
 *
 * @param baseName the hash part, a hyphen and the name
 */
public record StorePath(String baseName) implements Comparable<StorePath> {
    /** The number of digits of the hash part. */
    public static final int HASH_LENGTH = 32;

    /** The greatest length of a name. */
    public static final int MAX_NAME_LENGTH = 211;

    private static final String DRV = ".drv";

    /** @throws FormatException if it is no store path's base name */
    public StorePath {
        if (baseName.length() < HASH_LENGTH + 1) {
            throw new FormatException(FormatException.quote(baseName) + " is too short to be a store path");
        }
        checkHashPart(baseName, HASH_LENGTH);
        if (baseName.charAt(HASH_LENGTH) != '-') {
            throw new FormatException("store path " + FormatException.quote(baseName) + " has no '-' after its hash");
        }
        checkName(baseName, HASH_LENGTH + 1);
    }

    /** A store path of a 20-byte digest and a name. */
    static StorePath of(Hash digest, String name) {
        return new StorePath(NixBase32.encode(digest.bytes()) + "-" + name);
    }

    /**
     * Checks a hash part alone, as a binary cache is asked for it.
     *
     * @throws FormatException if it is not 32 digits of Nix's base-32
     */
    public static void checkHashPart(String hashPart) {
        checkHashPart(hashPart, hashPart.length());
    }

    private static void checkHashPart(String text, int length) {
        boolean good = length == HASH_LENGTH;
        for (int i = 0; good && i < HASH_LENGTH; i++) {
            good = NixBase32.isDigit(text.charAt(i));
        }
        if (!good) {
            throw new FormatException(
                    "store path " + FormatException.quote(text) + " has no hash of 32 base-32 digits in front");
        }
    }

    /**
     * Checks the name of a store path: 1 to 211 characters of letters, digits and {@code +-._?=}, not {@code .} or
     * {@code ..}, nor starting with {@code .-} or {@code ..-}.
     *
     * @throws FormatException otherwise
     */
    public static void checkName(String name) {
        checkName(name, 0);
    }

    /** Checks the name in a text from an index on. In place, as closures have thousands of paths. */
    private static void checkName(String text, int from) {
        int length = text.length() - from;
        if (length == 0) {
            throw new FormatException("store path " + FormatException.quote(text) + " has an empty name");
        }
        if (length > MAX_NAME_LENGTH) {
            throw new FormatException("store path " + FormatException.quote(text) + " has a name longer than "
                    + MAX_NAME_LENGTH + " characters");
        }
        if (text.charAt(from) == '.' && startsWithDots(text, from)) {
            throw new FormatException(
                    "store path " + FormatException.quote(text) + " has a name that starts with dots");
        }
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean good = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || "+-._?=".indexOf(c) >= 0;
            if (!good) {
                throw new FormatException("store path " + FormatException.quote(text)
                        + " has a character that no name may have: " + FormatException.quote(String.valueOf(c)));
            }
        }
    }

    private static boolean startsWithDots(String text, int from) {
        int dots = text.startsWith("..", from) ? 2 : 1;
        return from + dots == text.length() || text.charAt(from + dots) == '-';
    }

    /** The 32 digits. */
    public String hashPart() {
        return baseName.substring(0, HASH_LENGTH);
    }

    /** The name behind the hyphen. */
    public String name() {
        return baseName.substring(HASH_LENGTH + 1);
    }

    /** Whether the name ends in {@code .drv}. */
    public boolean isDerivation() {
        return baseName.endsWith(DRV);
    }

    @Override
    public int compareTo(StorePath other) {
        return baseName.compareTo(other.baseName);
    }

    /** {@link #baseName()}. */
    @Override
    public String toString() {
        return baseName;
    }
}
