package dev.berth.node.pods;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the store paths that texts mention anywhere, in the order of their first mention. */
public final class StorePathMentions {
    /** Attributes speak of volumes, not of what the containers run. */
    private static final String VOLUME_ATTRIBUTES = "volumeAttributes";

    private final Pattern inText;

    /** @param storeDir of the paths to find */
    public StorePathMentions(StoreDir storeDir) {
        this.inText =
                Pattern.compile(Pattern.quote(storeDir.path()) + "/([0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+\\-._?=]{1,211})");
    }

    /** Those of a text. */
    public Set<StorePath> inText(String text) {
        Set<StorePath> found = new LinkedHashSet<>();
        collect(text, found);
        return found;
    }

    /** Those of all strings of a tree at any depth, but not in {@code volumeAttributes}. */
    Set<StorePath> in(JsonNode tree) {
        try (JsonParser parser = tree.traverse()) {
            return in(parser);
        } catch (IOException e) {
            throw new UncheckedIOException("reading a tree in memory", e);
        }
    }

    /**
     * Those of all strings that a parser is about to read, but not in {@code volumeAttributes}.
     *
     * @throws IOException what the parser throws
     */
    public Set<StorePath> in(JsonParser parser) throws IOException {
        Set<StorePath> found = new LinkedHashSet<>();
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            switch (token) {
                case FIELD_NAME -> {
                    if (parser.currentName().equals(VOLUME_ATTRIBUTES)) {
                        parser.nextToken();
                        parser.skipChildren();
                    }
                }
                case VALUE_STRING -> collect(parser.getText(), found);
                default -> {}
            }
        }
        return found;
    }

    private void collect(String text, Set<StorePath> found) {
        Matcher matcher = inText.matcher(text);
        while (matcher.find()) {
            try {
                found.add(new StorePath(matcher.group(1)));
            } catch (FormatException e) {
                // A name that no store path may have, such as one that starts with ".-": it is only text.
            }
        }
    }
}
