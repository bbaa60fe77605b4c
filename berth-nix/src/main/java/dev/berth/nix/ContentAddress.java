package dev.berth.nix;

/**
 * What a content-addressed store path was made from: {@code text:sha256:<hash>}, {@code fixed:<hash>},
 * {@code fixed:r:<hash>} or {@code fixed:git:<hash>} (libstore/content-address.cc).
 *
 * @param method how the content was turned into bytes
 * @param hash the hash of those bytes
 */
public record ContentAddress(ContentAddressMethod method, Hash hash) {
    /** @throws FormatException for text with another algorithm than SHA-256 */
    public ContentAddress {
        if (method == ContentAddressMethod.TEXT && hash.algorithm() != HashAlgorithm.SHA256) {
            throw new FormatException("a text content address is of sha256, not "
                    + hash.algorithm().text());
        }
    }

    /**
     * Reads the text form.
     *
     * @throws FormatException if it is none
     */
    public static ContentAddress parse(String text) {
        if (text.startsWith("text:")) {
            return new ContentAddress(ContentAddressMethod.TEXT, typed(text, text.substring("text:".length())));
        }
        if (!text.startsWith("fixed:")) {
            throw new FormatException(
                    "content address " + FormatException.quote(text) + " starts with neither 'text:' nor 'fixed:'");
        }
        String rest = text.substring("fixed:".length());
        for (ContentAddressMethod method :
                new ContentAddressMethod[] {ContentAddressMethod.NAR, ContentAddressMethod.GIT}) {
            if (rest.startsWith(method.prefix())) {
                return new ContentAddress(
                        method, typed(text, rest.substring(method.prefix().length())));
            }
        }
        return new ContentAddress(ContentAddressMethod.FLAT, typed(text, rest));
    }

    private static Hash typed(String whole, String hash) {
        if (hash.indexOf(':') < 0) {
            throw new FormatException("content address " + FormatException.quote(whole) + " names no hash algorithm");
        }
        return Hash.parse(hash);
    }

    /** The text form, the hash in Nix32. */
    public String print() {
        return switch (method) {
            case TEXT -> "text:" + hash.toNix32();
            case FLAT, NAR, GIT -> "fixed:" + method.prefix() + hash.toNix32();
        };
    }

    @Override
    public String toString() {
        return print();
    }
}
