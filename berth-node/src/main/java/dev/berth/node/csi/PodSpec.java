package dev.berth.node.csi;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the store paths that a pod's specification names: in commands, arguments, environment and every other text at any
 * depth, but not in {@code volumeAttributes}, which speak of volumes, not of what the containers run.
 */
final class PodSpec {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String VOLUME_ATTRIBUTES = "volumeAttributes";

    private final Pattern inText;

    PodSpec(StoreDir storeDir) {
        this.inText =
                Pattern.compile(Pattern.quote(storeDir.path()) + "/([0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+\\-._?=]{1,211})");
    }

    /**
     * The store paths in the order of their first mention.
     *
     * @throws CsiException if it is not JSON; the message says where
     */
    Set<StorePath> storePaths(String json) {
        Set<StorePath> found = new LinkedHashSet<>();
        try (JsonParser parser = JSON.createParser(json)) {
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
        } catch (JsonProcessingException e) {
            throw new CsiException(
                    Status.Code.INVALID_ARGUMENT,
                    "the attribute " + ContextKeys.POD_SPEC + " is not JSON" + place(e) + ": "
                            + e.getOriginalMessage().lines().findFirst().orElse(""),
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** Where it is; a text that is nested too deeply comes without a place. */
    private static String place(JsonProcessingException e) {
        return e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
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
