package dev.berth.nix;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Finds the store paths that a text names, anywhere in it: in a command, a variable, a list of directories. */
public final class PathMentions {
    private final Pattern pattern;

    /** @param storeDir the store dir that the paths start with */
    public PathMentions(StoreDir storeDir) {
        this.pattern =
                Pattern.compile(Pattern.quote(storeDir.path()) + "/([0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+\\-._?=]{1,211})");
    }

    /** The store paths in the order of their first mention. What looks like one but has no name a store path may have is text. */
    public Set<StorePath> in(String text) {
        Set<StorePath> found = new LinkedHashSet<>();
        for (String name : baseNames(text)) {
            try {
                found.add(new StorePath(name));
            } catch (FormatException e) {
                // A name that no store path may have, such as one that starts with ".-": it is only text.
            }
        }
        return found;
    }

    /** What follows the store dir wherever the text seems to name a store path, as long as such a name may be, in order. */
    public List<String> baseNames(String text) {
        return pattern.matcher(text).results().map(match -> match.group(1)).toList();
    }
}
