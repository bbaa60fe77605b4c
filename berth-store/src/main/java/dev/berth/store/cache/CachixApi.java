package dev.berth.store.cache;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.nix.HashFormat;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API of cachix.org (cachix-api, Cachix.API): which paths a cache lacks, and NARs in parts to URLs that the service signs.
 * A path is there when its upload is completed, together with what is known of it.
 */
final class CachixApi implements UploadApi {
    private static final Logger LOG = LoggerFactory.getLogger(CachixApi.class);
    private static final long LEAST_PART = 8 << 20;
    private static final int MOST_PARTS = 10_000;

    private final ApiClient client;
    private final URI cache;
    private final String name;
    private final Optional<SecretKey> key;
    private final StoreDir storeDir;

    /**
     * @param api the URL of the API, its path ending in a slash
     * @param name of the cache
     * @param key of a cache that the service does not sign for
     */
    CachixApi(ApiClient client, URI api, String name, Optional<SecretKey> key, StoreDir storeDir) {
        this.client = client;
        this.cache = api.resolve("cache/" + name + "/");
        this.name = name;
        this.key = key;
        this.storeDir = storeDir;
    }

    /** What a cache's own key is called. */
    static String keyName(String cache) {
        return cache + ".cachix.org-1";
    }

    @Override
    public Set<StorePath> missing(Collection<StorePath> paths) throws IOException {
        ArrayNode hashes = ApiClient.array();
        paths.forEach(path -> hashes.add(path.hashPart()));
        JsonNode answer = client.post(cache.resolve("narinfo"), hashes, true);
        if (!answer.isArray()) {
            throw new IOException(cache + " does not say which paths are missing");
        }
        Set<String> missing = new HashSet<>();
        answer.forEach(hash -> missing.add(hash.asText()));
        Set<StorePath> lacking = new HashSet<>(paths);
        lacking.removeIf(path -> !missing.contains(path.hashPart()));
        return lacking;
    }

    @Override
    public void send(NarInfo info, Spool file) throws IOException {
        String compression = info.compression().equals("zstd") ? "zst" : info.compression();
        JsonNode begun =
                client.post(cache.resolve("multipart-nar?compression=" + compression), ApiClient.object(), true);
        String nar = required(begun, "narId");
        String upload = "?uploadId=" + encoded(required(begun, "uploadId"));
        if (!nar.matches("[0-9A-Za-z-]+")) {
            throw new IOException(cache + " calls an upload '" + nar + "'");
        }
        URI place = cache.resolve("multipart-nar/" + nar + "/");
        boolean complete = false;
        try {
            ObjectNode all = ApiClient.object();
            all.set("parts", sendParts(cache.resolve("multipart-nar/" + nar + upload), file));
            all.set("narInfoCreate", describe(info));
            client.post(place.resolve("complete" + upload), all, true);
            complete = true;
        } finally {
            if (!complete) {
                abort(place.resolve("abort" + upload));
            }
        }
    }

    private static String required(JsonNode json, String field) throws IOException {
        if (!json.path(field).isTextual()) {
            throw new IOException("the service did not say its " + field);
        }
        return json.path(field).asText();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private ArrayNode sendParts(URI place, Spool file) throws IOException {
        long size = Math.max(LEAST_PART, (file.size() + MOST_PARTS - 1) / MOST_PARTS);
        ArrayNode parts = ApiClient.array();
        for (long offset = 0; offset < file.size(); offset += size) {
            long begin = offset;
            long length = Math.min(size, file.size() - begin);
            int number = parts.size() + 1;
            String md5 = md5(file, begin, length);
            JsonNode signed = client.post(
                    URI.create(place + "&partNumber=" + number),
                    ApiClient.object().put("contentMD5", md5),
                    true);
            URI url = URI.create(required(signed, "uploadUrl"));
            ApiClient.Reply taken = client.put(
                    url,
                    Map.of("Content-Type", "application/octet-stream", "Content-MD5", md5),
                    () -> BodyPublishers.fromPublisher(
                            BodyPublishers.ofInputStream(() -> file.open(begin, length)), length),
                    length);
            parts.addObject().put("partNumber", number).put("eTag", taken.tag());
        }
        return parts;
    }

    /** Asked for by the service, to find what the line has changed; nothing is trusted for it. */
    private static String md5(Spool file, long offset, long length) throws IOException {
        try (InputStream in = file.open(offset, length)) {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            byte[] buffer = new byte[64 << 10];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
            return Base64.getEncoder().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private ObjectNode describe(NarInfo narInfo) {
        PathInfo info = narInfo.info();
        ObjectNode json = ApiClient.object()
                .put("cStoreHash", info.path().hashPart())
                .put("cStoreSuffix", info.path().name())
                .put("cNarHash", info.narHash().format(HashFormat.NIX32, true))
                .put("cNarSize", info.narSize())
                .put("cFileHash", narInfo.fileHash().orElseThrow().toBase16())
                .put("cFileSize", narInfo.fileSize().orElseThrow());
        ArrayNode references = json.putArray("cReferences");
        info.references().forEach(path -> references.add(path.baseName()));
        json.put("cDeriver", info.deriver().map(StorePath::baseName).orElse("unknown-deriver"));
        return json.put("cSig", signature(info).map(Signature::base64).orElse(null));
    }

    /** By the key that was given, or one that the path has by the cache's own key; else the service signs. */
    private Optional<Signature> signature(PathInfo info) {
        return key.map(own -> own.sign(info.fingerprint(storeDir)))
                .or(() -> info.signatures().stream()
                        .filter(signature -> signature.keyName().equals(keyName(name)))
                        .findFirst());
    }

    /** The failure that led here is told, not that of this. */
    private void abort(URI place) {
        try {
            client.post(place, ApiClient.object(), false);
        } catch (IOException e) {
            LOG.debug("cannot abort an upload: {}", e.getMessage());
        }
    }

    @Override
    public String substituter() throws IOException {
        JsonNode told = client.get(cache.resolve("../" + name)).path("uri");
        return told.isTextual() ? told.asText() : "https://" + name + ".cachix.org";
    }

    @Override
    public void close() {
        client.close();
    }
}
