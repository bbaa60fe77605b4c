package dev.berth.node.pods;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.nix.PathMentions;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.Set;

/** Finds the store paths that the texts of a JSON tree mention anywhere, in the order of their first mention. */
public final class StorePathMentions {
    /** Attributes speak of volumes, not of what the containers run. */
    private static final String VOLUME_ATTRIBUTES = "volumeAttributes";

    private final PathMentions mentions;

    /** @param storeDir of the paths to find */
    public StorePathMentions(StoreDir storeDir) {
        this.mentions = new PathMentions(storeDir);
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
                case VALUE_STRING -> found.addAll(mentions.in(parser.getText()));
                default -> {}
            }
        }
        return found;
    }
}
