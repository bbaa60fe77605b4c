package dev.berth.store.cache;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import dev.berth.nix.Hash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A recorded contract, not attic itself: what attic's server takes and answers, as its sources say
 * (attic/src/api/v1, server/src/api/v1 and client/src/api of zhaofengli/attic, 2026). It stands in where the server can't be run
 * and is as strict as the server is said to be; what it does not know of the server no test of it can find.
 */
final class AtticContract extends ContractServer {
    private final String cache;
    private final String token;
    private final AtomicInteger uploads = new AtomicInteger();
    private final Map<String, JsonNode> infos = new ConcurrentHashMap<>();
    private final Map<String, byte[]> nars = new ConcurrentHashMap<>();

    AtticContract(String cache, String token) throws IOException {
        this.cache = cache;
        this.token = token;
    }

    /** With a slash at the end, as {@code attic login} notes it. */
    String endpoint() {
        return address() + "/";
    }

    AtomicInteger uploads() {
        return uploads;
    }

    private static Answer error(int status, String name, String message) {
        return Answer.json(
                status,
                JSON.createObjectNode().put("code", status).put("error", name).put("message", message));
    }

    @Override
    Answer answer(HttpExchange exchange, byte[] body) throws IOException {
        if (!hasToken(exchange, token)) {
            return error(401, "Unauthorized", "Unauthorized.");
        }
        String request =
                exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        return switch (request) {
            case "POST /_api/v1/get-missing-paths" -> missing(JSON.readTree(body));
            case "PUT /_api/v1/upload-path" -> upload(exchange, body);
            default ->
                request.equals("GET /_api/v1/cache-config/" + cache)
                        ? Answer.json(
                                200,
                                JSON.createObjectNode()
                                        .put("substituter_endpoint", endpoint() + cache)
                                        .put("is_public", false)
                                        .put("store_dir", "/nix/store"))
                        : cached(request);
        };
    }

    private Answer missing(JsonNode question) {
        if (!question.path("cache").asText().equals(cache)) {
            return error(404, "NoSuchCache", "The requested cache does not exist.");
        }
        ArrayNode missing = JSON.createArrayNode();
        for (JsonNode hash : question.path("store_path_hashes")) {
            if (!infos.containsKey(hash.asText())) {
                missing.add(hash.asText());
            }
        }
        return Answer.json(200, JSON.createObjectNode().set("missing_paths", missing));
    }

    private Answer upload(HttpExchange exchange, byte[] body) throws IOException {
        String size = exchange.getRequestHeaders().getFirst("X-Attic-Nar-Info-Preamble-Size");
        if (size == null) {
            return error(400, "RequestError", "X-Attic-Nar-Info must be set");
        }
        int preamble = Integer.parseInt(size);
        JsonNode info = JSON.readTree(new String(body, 0, preamble, StandardCharsets.UTF_8));
        byte[] nar = Arrays.copyOfRange(body, preamble, body.length);
        // Fields without a default in the server's own types.
        for (String field : new String[] {
            "cache",
            "store_path_hash",
            "store_path",
            "references",
            "system",
            "deriver",
            "sigs",
            "ca",
            "nar_hash",
            "nar_size"
        }) {
            if (!info.has(field)) {
                return error(400, "RequestError", "missing field `" + field + "`");
            }
        }
        boolean good = info.path("cache").asText().equals(cache)
                && info.path("nar_hash")
                        .asText()
                        .equals("sha256:" + Hash.sha256(nar).toBase16())
                && info.path("nar_size").asLong() == nar.length
                && info.path("store_path")
                        .asText()
                        .startsWith("/nix/store/" + info.path("store_path_hash").asText() + "-");
        if (!good) {
            return error(400, "RequestError", "NAR hash or size mismatch");
        }
        String hash = info.path("store_path_hash").asText();
        nars.put(hash, nar);
        infos.put(hash, info);
        uploads.incrementAndGet();
        ObjectNode result = JSON.createObjectNode().put("kind", "Uploaded").put("file_size", nar.length);
        return Answer.json(200, result.put("frac_deduplicated", 0.0));
    }

    /** As every binary cache; attic names NARs by store path. */
    private Answer cached(String request) {
        String base = "GET /" + cache + "/";
        if (!request.startsWith(base)) {
            return error(404, "NoSuchObject", "The requested object does not exist.");
        }
        String name = request.substring(base.length());
        if (name.equals("nix-cache-info")) {
            return Answer.text(200, "WantMassQuery: 1\nStoreDir: /nix/store\nPriority: 41\n");
        }
        String hash = name.replaceAll("^nar/|\\.narinfo$|\\.nar$", "");
        JsonNode info = infos.get(hash);
        byte[] nar = nars.get(hash);
        if (info == null || nar == null) {
            return error(404, "NoSuchObject", "The requested object does not exist.");
        }
        if (name.startsWith("nar/")) {
            return new Answer(200, nar, "");
        }
        StringBuilder references = new StringBuilder();
        info.path("references").forEach(reference -> references.append(' ').append(reference.asText()));
        return Answer.text(
                200,
                "StorePath: " + info.path("store_path").asText() + "\nURL: nar/" + hash
                        + ".nar\nCompression: none\nNarHash: "
                        + info.path("nar_hash").asText() + "\nNarSize: "
                        + nar.length + "\nReferences:" + references + "\n");
    }
}
