package dev.berth.nix;

/** How the content of a store path is turned into bytes to hash (libstore/content-address.hh). */
public enum ContentAddressMethod {
    /** The bytes of a regular file, which may refer to other paths; derivations and {@code builtins.toFile}. */
    TEXT("text"),
    /** The bytes of a regular file. */
    FLAT("flat"),
    /** The NAR; written {@code r:} in content addresses, and also called recursive. */
    NAR("nar"),
    /** The Git tree or blob object. */
    GIT("git");

    private final String text;

    ContentAddressMethod(String text) {
        this.text = text;
    }

    /** The name in JSON: {@code text}, {@code flat}, {@code nar} or {@code git}. */
    public String text() {
        return text;
    }

    /**
     * The method of that name.
     *
     * @throws FormatException if there is none
     */
    public static ContentAddressMethod parse(String text) {
        for (ContentAddressMethod method : values()) {
            if (method.text.equals(text)) {
                return method;
            }
        }
        throw new FormatException("unknown content address method " + FormatException.quote(text));
    }

    /** What stands before the algorithm in an output of a derivation: {@code r:}, {@code text:}, {@code git:} or nothing. */
    public String prefix() {
        return switch (this) {
            case TEXT -> "text:";
            case FLAT -> "";
            case NAR -> "r:";
            case GIT -> "git:";
        };
    }
}
