package dev.berth.node.expression;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads what {@code nix build --json} prints (libcmd/built-path.cc): an array of objects with {@code drvPath} and
 * {@code outputs}, or of things without a derivation, as a text or an object with {@code path}.
 */
final class BuildResults {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String MAIN_OUTPUT = "out";

    private BuildResults() {}

    /**
     * The outputs, in the order of what they are of; of one derivation, the main output first.
     *
     * @throws IOException if it is not such JSON
     */
    static List<StorePath> paths(StoreDir storeDir, String json) throws IOException {
        Set<StorePath> all = new LinkedHashSet<>();
        List<StorePath> ofOne = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(json)) {
            int depth = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                switch (token) {
                    case START_OBJECT, START_ARRAY -> depth++;
                    case END_OBJECT, END_ARRAY -> {
                        depth--;
                        if (depth <= 1) {
                            all.addAll(ofOne);
                            ofOne.clear();
                        }
                    }
                    case VALUE_STRING -> {
                        String name = parser.currentName();
                        String inside = parser.getParsingContext().getParent() == null
                                ? ""
                                : String.valueOf(
                                        parser.getParsingContext().getParent().getCurrentName());
                        if (depth == 1 || inside.equals("outputs") || "path".equals(name)) {
                            ofOne.add(MAIN_OUTPUT.equals(name) ? 0 : ofOne.size(), storeDir.parse(parser.getText()));
                        }
                    }
                    default -> {}
                }
            }
        } catch (FormatException e) {
            throw new IOException(e.getMessage(), e);
        }
        all.addAll(ofOne);
        return List.copyOf(all);
    }
}
