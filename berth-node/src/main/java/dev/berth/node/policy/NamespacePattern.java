package dev.berth.node.policy;

import dev.berth.nix.FormatException;
import java.util.regex.Pattern;

/**
 * Names of namespaces: {@code *} stands for any characters, {@code ?} for one, everything else for itself.
 *
 * @param text the pattern: 1 to 63 lower-case letters, digits, {@code - * ?}, as names of namespaces have them
 */
public record NamespacePattern(String text) {
    private static final Pattern VALID = Pattern.compile("[a-z0-9*?-]{1,63}");

    /** @throws FormatException for what can match no namespace */
    public NamespacePattern {
        if (!VALID.matcher(text).matches()) {
            throw new FormatException("not a namespace or a pattern such as team-*: " + FormatException.quote(text));
        }
    }

    /** Whether a namespace has such a name. In time at most the product of the lengths. */
    public boolean matches(String namespace) {
        int at = 0;
        int in = 0;
        int star = -1;
        int from = 0;
        while (in < namespace.length()) {
            char next = at < text.length() ? text.charAt(at) : 0;
            if (next == '*') {
                star = at++;
                from = in;
            } else if (next != 0 && (next == '?' || next == namespace.charAt(in))) {
                at++;
                in++;
            } else if (star >= 0) {
                at = star + 1;
                in = ++from;
            } else {
                return false;
            }
        }
        while (at < text.length() && text.charAt(at) == '*') {
            at++;
        }
        return at == text.length();
    }

    @Override
    public String toString() {
        return text;
    }
}
