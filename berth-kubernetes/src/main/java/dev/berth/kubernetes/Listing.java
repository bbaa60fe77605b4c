package dev.berth.kubernetes;

import static dev.berth.kubernetes.ClusterException.Kind;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Lists a kind page by page. A page that was not read to its end is asked for again, so that no object is told twice. */
final class Listing {
    private static final int PAGE = 500;
    private static final int ATTEMPTS = 3;
    private static final Duration PAGE_LIMIT = Duration.ofSeconds(60);
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private record Page(List<ObjectNode> items, String resourceVersion, String next) {}

    private final ApiClient client;
    private final ApiResource resource;
    private final String what;
    private final String query;
    private final String path;

    Listing(ApiClient client, ApiResource resource, String namespace, String labelSelector) {
        this.client = client;
        this.resource = resource;
        this.what = "listing " + resource.kind() + (namespace.isEmpty() ? "" : " in " + namespace);
        this.path = resource.path(namespace);
        this.query = "?limit=" + PAGE + (labelSelector.isEmpty() ? "" : "&labelSelector=" + encode(labelSelector));
    }

    static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /** Tells each object, and returns the resource version from which they can be watched. */
    String read(Consumer<ObjectNode> each) throws ClusterException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        String next = "";
        while (true) {
            Page page = page(next);
            page.items().forEach(each);
            if (page.next().isEmpty()) {
                return page.resourceVersion();
            }
            if (page.next().equals(next) || System.nanoTime() > deadline) {
                throw new ClusterException(
                        Kind.TIMEOUT, what + ": the list of " + client.access().server() + " does not end");
            }
            next = page.next();
        }
    }

    private Page page(String next) throws ClusterException {
        Call call = Call.get(what, path + query + (next.isEmpty() ? "" : "&continue=" + encode(next)));
        for (int attempt = 1; ; attempt++) {
            try (InputStream body = client.stream(call);
                    Guard _ = Guard.closing(body, PAGE_LIMIT)) {
                return parse(body);
            } catch (ClusterException e) {
                throw e;
            } catch (IOException e) {
                if (attempt == ATTEMPTS) {
                    throw Connections.failure(call, client.access(), e);
                }
            }
        }
    }

    private Page parse(InputStream body) throws IOException {
        Metered in = new Metered(body);
        List<ObjectNode> items = new ArrayList<>();
        String resourceVersion = "";
        String next = "";
        try (JsonParser parser = Answers.MAPPER.createParser(in)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new ClusterException(Kind.SERVER, what + ": the server's answer is not a list");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                in.next();
                if (field.equals("items") && value == JsonToken.START_ARRAY) {
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        in.next();
                        items.add(item(parser.readValueAsTree()));
                    }
                } else {
                    JsonNode tree = parser.readValueAsTree();
                    if (field.equals("metadata")) {
                        resourceVersion = tree.path("resourceVersion").asText("");
                        next = tree.path("continue").asText("");
                    }
                }
            }
        }
        return new Page(items, resourceVersion, next);
    }

    /** The items of a list leave out what its own kind says. */
    private ObjectNode item(JsonNode node) throws ClusterException {
        if (!(node instanceof ObjectNode object)) {
            throw new ClusterException(Kind.SERVER, what + ": the server's answer has something that is not an object");
        }
        ObjectNode item = Answers.MAPPER.createObjectNode();
        item.put("apiVersion", resource.apiVersion()).put("kind", resource.kind());
        item.setAll(object);
        return item;
    }
}
