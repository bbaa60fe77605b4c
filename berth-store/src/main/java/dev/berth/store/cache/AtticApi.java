package dev.berth.store.cache;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The API of attic's server (attic/src/api/v1 and client/src/api of zhaofengli/attic): which paths a cache lacks, and uploads
 * of uncompressed NARs, which the server checks, signs and compresses itself. What is known of a path goes in front of the
 * NAR in the body.
 */
final class AtticApi implements UploadApi {
    private final ApiClient client;
    private final URI endpoint;
    private final String cache;
    private final StoreDir storeDir;

    /** @param endpoint its path ending in a slash */
    AtticApi(ApiClient client, URI endpoint, String cache, StoreDir storeDir) {
        this.client = client;
        this.endpoint = endpoint;
        this.cache = cache;
        this.storeDir = storeDir;
    }

    @Override
    public Set<StorePath> missing(Collection<StorePath> paths) throws IOException {
        ObjectNode question = ApiClient.object().put("cache", cache);
        ArrayNode hashes = question.putArray("store_path_hashes");
        paths.forEach(path -> hashes.add(path.hashPart()));
        JsonNode answer = client.post(endpoint.resolve("_api/v1/get-missing-paths"), question, true);
        if (!answer.path("missing_paths").isArray()) {
            throw new IOException(endpoint + " does not say which paths are missing");
        }
        Set<String> missing = new HashSet<>();
        answer.path("missing_paths").forEach(hash -> missing.add(hash.asText()));
        Set<StorePath> lacking = new HashSet<>(paths);
        lacking.removeIf(path -> !missing.contains(path.hashPart()));
        return lacking;
    }

    @Override
    public void send(NarInfo narInfo, Spool file) throws IOException {
        PathInfo info = narInfo.info();
        byte[] preamble = describe(info).toString().getBytes(StandardCharsets.UTF_8);
        long size = preamble.length + file.size();
        client.put(
                endpoint.resolve("_api/v1/upload-path"),
                Map.of("X-Attic-Nar-Info-Preamble-Size", Integer.toString(preamble.length)),
                () -> BodyPublishers.fromPublisher(
                        BodyPublishers.ofInputStream(
                                () -> new SequenceInputStream(new ByteArrayInputStream(preamble), file.open())),
                        size),
                size);
    }

    private ObjectNode describe(PathInfo info) {
        ObjectNode json = ApiClient.object()
                .put("cache", cache)
                .put("store_path_hash", info.path().hashPart())
                .put("store_path", storeDir.print(info.path()));
        ArrayNode references = json.putArray("references");
        info.references().forEach(path -> references.add(path.baseName()));
        json.putNull("system");
        json.put("deriver", info.deriver().map(StorePath::baseName).orElse(null));
        ArrayNode signatures = json.putArray("sigs");
        info.signatures().stream().map(Signature::print).forEach(signatures::add);
        json.put("ca", info.ca().map(Object::toString).orElse(null));
        return json.put("nar_hash", "sha256:" + info.narHash().toBase16()).put("nar_size", info.narSize());
    }

    @Override
    public String substituter() throws IOException {
        JsonNode config = client.get(endpoint.resolve("_api/v1/cache-config/" + cache));
        JsonNode told = config.path("substituter_endpoint");
        return told.isTextual() ? told.asText() : endpoint.resolve(cache).toString();
    }

    @Override
    public void close() {
        client.close();
    }
}
