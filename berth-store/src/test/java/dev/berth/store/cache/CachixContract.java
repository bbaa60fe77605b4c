package dev.berth.store.cache;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.sun.net.httpserver.HttpExchange;
import dev.berth.nix.Hash;
import dev.berth.nix.HashFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A recorded contract, not cachix itself: what the API of cachix.org takes and answers, as the types of its public client say
 * (cachix-api of cachix/cachix: Cachix.API, Cachix.Types.MultipartUpload, Cachix.Types.NarInfoCreate, 2026). The service can't be
 * run here; what the contract does not know of it no test of it can find.
 */
final class CachixContract extends ContractServer {
    private static final Pattern UPLOAD =
            Pattern.compile("/api/v1/cache/[^/]+/multipart-nar/([0-9a-f-]{36})(/complete|/abort)?");

    private final String cache;
    private final String token;
    private final Map<String, Upload> uploads = new ConcurrentHashMap<>();
    private final Map<String, JsonNode> infos = new ConcurrentHashMap<>();
    private final Map<String, byte[]> nars = new ConcurrentHashMap<>();
    private final AtomicInteger failing = new AtomicInteger();
    private final AtomicInteger aborted = new AtomicInteger();
    private volatile int mostParts;

    private record Upload(String id, String compression, Map<Integer, byte[]> parts) {}

    CachixContract(String cache, String token) throws IOException {
        this.cache = cache;
        this.token = token;
    }

    String endpoint() {
        return address() + "/api/v1";
    }

    /** Lets the next parts that are sent fail. */
    void failParts(int count) {
        failing.set(count);
    }

    AtomicInteger aborted() {
        return aborted;
    }

    int mostParts() {
        return mostParts;
    }

    String signature(String hash) {
        JsonNode info = infos.get(hash);
        return info == null ? "" : info.path("cSig").asText();
    }

    private static Answer error(int status, String message) {
        return Answer.json(status, JSON.createObjectNode().put("error", message));
    }

    @Override
    Answer answer(HttpExchange exchange, byte[] body) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        String method = exchange.getRequestMethod();
        if (path.startsWith("/s3/")) {
            // A URL that the service signed: the token must not go there.
            return exchange.getRequestHeaders().containsKey("Authorization")
                    ? error(400, "only one authorization is allowed")
                    : part(exchange, path, body);
        }
        if (!hasToken(exchange, token)) {
            return error(401, "Unauthorized");
        }
        String base = "/api/v1/cache/" + cache;
        if (method.equals("GET") && path.equals(base)) {
            return Answer.json(200, JSON.createObjectNode().put("name", cache).put("uri", address() + "/read"));
        }
        if (method.equals("GET") && path.startsWith("/read/")) {
            return cached(path.substring("/read/".length()));
        }
        if (method.equals("POST") && path.equals(base + "/narinfo")) {
            return missing(JSON.readTree(body));
        }
        if (method.equals("POST") && path.equals(base + "/multipart-nar")) {
            String id = UUID.randomUUID().toString();
            // With characters that must be escaped in a query.
            Upload upload = new Upload("u+/=" + id, query.replace("compression=", ""), new TreeMap<>());
            uploads.put(id, upload);
            return Answer.json(200, JSON.createObjectNode().put("narId", id).put("uploadId", upload.id()));
        }
        Matcher matcher = UPLOAD.matcher(path);
        if (!method.equals("POST") || !matcher.matches()) {
            return error(404, "not found");
        }
        String id = String.valueOf(matcher.group(1));
        Upload upload = uploads.get(id);
        if (upload == null || !query.startsWith("uploadId=" + upload.id())) {
            return error(404, "no such upload");
        }
        String what = matcher.group(2);
        if (what == null) {
            String number = query.substring(query.indexOf("&partNumber=") + "&partNumber=".length());
            String md5 = JSON.readTree(body).path("contentMD5").asText();
            String url = address() + "/s3/" + id + "/" + number + "?signature="
                    + Base64.getUrlEncoder().encodeToString(md5.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            return Answer.json(200, JSON.createObjectNode().put("uploadUrl", url));
        }
        if (what.equals("/abort")) {
            uploads.remove(id);
            aborted.incrementAndGet();
            return Answer.text(200, "");
        }
        return complete(id, upload, JSON.readTree(body));
    }

    private Answer part(HttpExchange exchange, String path, byte[] body) {
        if (failing.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            return error(503, "SlowDown");
        }
        String[] names = path.split("/", -1);
        Upload upload = uploads.get(names[2]);
        String md5 = Base64.getEncoder().encodeToString(md5(body));
        if (upload == null || !md5.equals(exchange.getRequestHeaders().getFirst("Content-MD5"))) {
            return error(400, "BadDigest");
        }
        upload.parts().put(Integer.valueOf(names[3]), body);
        return new Answer(200, new byte[0], tag(body));
    }

    private static byte[] md5(byte[] body) {
        try {
            return MessageDigest.getInstance("MD5").digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String tag(byte[] body) {
        return "\"" + java.util.HexFormat.of().formatHex(md5(body)) + "\"";
    }

    private Answer complete(String id, Upload upload, JsonNode body) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        int number = 0;
        for (JsonNode part : body.path("parts")) {
            byte[] bytes = upload.parts().getOrDefault(++number, new byte[0]);
            if (part.path("partNumber").asInt() != number
                    || !part.path("eTag").asText().equals(tag(bytes))) {
                return error(400, "InvalidPart");
            }
            file.writeBytes(bytes);
        }
        JsonNode info = body.path("narInfoCreate");
        boolean good = number == upload.parts().size()
                && info.path("cFileHash")
                        .asText()
                        .equals(Hash.sha256(file.toByteArray()).toBase16())
                && info.path("cFileSize").asLong() == file.size()
                && info.path("cNarSize").asLong() > 0
                && info.path("cNarHash").asText().startsWith("sha256:")
                && info.path("cDeriver").isTextual()
                && info.has("cSig");
        if (!good) {
            return error(400, "narinfo does not fit");
        }
        mostParts = Math.max(mostParts, number);
        String hash = info.path("cStoreHash").asText();
        nars.put(hash, file.toByteArray());
        infos.put(
                hash,
                ((com.fasterxml.jackson.databind.node.ObjectNode) info.deepCopy())
                        .put("compression", upload.compression()));
        uploads.remove(id);
        return Answer.text(200, "");
    }

    private Answer missing(JsonNode hashes) {
        ArrayNode missing = JSON.createArrayNode();
        for (JsonNode hash : hashes) {
            if (!infos.containsKey(hash.asText())) {
                missing.add(hash.asText());
            }
        }
        return Answer.json(200, missing);
    }

    private Answer cached(String name) {
        if (name.equals("nix-cache-info")) {
            return Answer.text(200, "StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 41\n");
        }
        String hash = name.replaceAll("^nar/|\\.narinfo$|\\.nar$", "");
        JsonNode info = infos.get(hash);
        byte[] nar = nars.get(hash);
        if (info == null || nar == null) {
            return error(404, "not found");
        }
        if (name.startsWith("nar/")) {
            return new Answer(200, nar, "");
        }
        StringBuilder references = new StringBuilder();
        info.path("cReferences").forEach(reference -> references.append(' ').append(reference.asText()));
        String compression = info.path("compression").asText();
        String signature = info.path("cSig").isNull()
                ? ""
                : "Sig: " + cache + ".cachix.org-1:" + info.path("cSig").asText() + "\n";
        return Answer.text(
                200,
                "StorePath: /nix/store/" + hash + "-"
                        + info.path("cStoreSuffix").asText() + "\nURL: nar/" + hash
                        + ".nar\nCompression: " + (compression.equals("zst") ? "zstd" : compression) + "\nFileHash: "
                        + Hash.sha256(nar).format(HashFormat.NIX32, true) + "\nFileSize: " + nar.length + "\nNarHash: "
                        + info.path("cNarHash").asText() + "\nNarSize: "
                        + info.path("cNarSize").asLong()
                        + "\nReferences:" + references + "\n" + signature);
    }
}
