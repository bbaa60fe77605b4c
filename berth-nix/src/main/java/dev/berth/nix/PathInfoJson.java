package dev.berth.nix;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The JSON of path infos and narinfos, as {@code nix path-info --json} writes and binary caches may carry it
 * (libstore/path-info.cc). The path itself is not in it: where several are listed, it is the key.
 */
public final class PathInfoJson {
    /** The generation of the format; the number is the member {@code version}. */
    public enum Version {
        /** Full paths, content addresses and signatures as texts; what a JSON without a version is. */
        V1(1),
        /** Base names, content addresses as objects. */
        V2(2),
        /** As the second, signatures as objects. */
        V3(3);

        private final int number;

        Version(int number) {
            this.number = number;
        }

        private static Version of(JsonNode json) {
            long number = Json.optional(json, "version").map(Json::unsigned).orElse(1L);
            return Arrays.stream(values())
                    .filter(version -> version.number == number)
                    .findFirst()
                    .orElseThrow(() -> new FormatException("path info JSON has unknown version " + number));
        }
    }

    /**
     * What is read from a path info's JSON.
     *
     * @param storeDir the store dir that it names, or the one that the reader expected
     * @param info the path info
     */
    public record Read(StoreDir storeDir, PathInfo info) {}

    private PathInfoJson() {}

    /**
     * Writes a path info.
     *
     * @param impure whether to tell what is not the same in every store: deriver, registration time, trust, signatures
     */
    public static ObjectNode write(StoreDir storeDir, PathInfo info, Version version, boolean impure) {
        Function<StorePath, String> path = version == Version.V1 ? storeDir::print : StorePath::baseName;
        ObjectNode json = Json.object()
                .put("version", version.number)
                .put("storeDir", storeDir.path())
                .put("narHash", info.narHash().format(HashFormat.SRI, true))
                .put("narSize", info.narSize());
        json.set("references", Json.strings(info.references(), path));
        json.putNull("ca");
        info.ca().ifPresent(ca -> {
            if (version == Version.V1) {
                json.put("ca", ca.print());
            } else {
                json.set("ca", Json.contentAddress(ca));
            }
        });
        if (impure) {
            json.put("deriver", info.deriver().map(path).orElse(null));
            json.putNull("registrationTime");
            if (!info.registrationTime().equals(Instant.EPOCH)) {
                json.put("registrationTime", info.registrationTime().getEpochSecond());
            }
            json.put("ultimate", info.ultimate());
            var signatures = json.putArray("signatures");
            for (Signature signature : info.signatures()) {
                if (version == Version.V3) {
                    signatures.add(Json.signature(signature));
                } else {
                    signatures.add(signature.print());
                }
            }
        }
        return json;
    }

    /** Writes a narinfo: the path info and, if impure, the members of the download. */
    public static ObjectNode write(StoreDir storeDir, NarInfo narInfo, Version version, boolean impure) {
        ObjectNode json = write(storeDir, narInfo.info(), version, impure);
        if (impure) {
            json.put("url", narInfo.url()).put("compression", narInfo.compression());
            narInfo.fileHash().ifPresent(hash -> json.put("downloadHash", hash.format(HashFormat.SRI, true)));
            narInfo.fileSize().ifPresent(size -> json.put("downloadSize", size));
        }
        return json;
    }

    /**
     * Reads the path info of a path, in the version that it names.
     *
     * @param storeDir the store dir, for a JSON of the first version that does not name it
     * @throws FormatException if a member is missing or wrong
     */
    public static Read read(StoreDir storeDir, StorePath path, JsonNode json) {
        Version version = Version.of(json);
        Optional<String> stated = Json.optional(json, "storeDir").map(Json::string);
        if (stated.isEmpty() && version != Version.V1) {
            throw new FormatException("path info JSON of version " + version.number + " has no 'storeDir'");
        }
        StoreDir dir = stated.map(StoreDir::new).orElse(storeDir);
        Function<JsonNode, StorePath> storePath =
                version == Version.V1 ? node -> dir.parse(Json.string(node)) : node -> new StorePath(Json.string(node));
        Json.member(json, "ca");
        PathInfo info = new PathInfo(
                path,
                Json.hash(Json.member(json, "narHash")),
                Json.unsigned(Json.member(json, "narSize")),
                new TreeSet<>(Json.list(Json.member(json, "references"), storePath)),
                Json.optional(json, "deriver").map(storePath),
                Json.optional(json, "registrationTime").map(PathInfoJson::time).orElse(Instant.EPOCH),
                Json.optional(json, "ultimate").map(Json::bool).orElse(false),
                Json.optional(json, "signatures")
                        .map(all -> new TreeSet<>(Json.list(all, Json::signature)))
                        .orElseGet(TreeSet::new),
                Json.optional(json, "ca")
                        .map(ca -> version == Version.V1
                                ? ContentAddress.parse(Json.string(ca))
                                : Json.contentAddress(ca)));
        return new Read(dir, info);
    }

    private static Instant time(JsonNode json) {
        long seconds = Json.unsigned(json);
        if (seconds > Instant.MAX.getEpochSecond()) {
            throw new FormatException("registration time " + seconds + " is too late");
        }
        return Instant.ofEpochSecond(seconds);
    }

    /**
     * Reads a narinfo of a path.
     *
     * @throws FormatException if a member is missing or wrong, the URL among them
     */
    public static NarInfo readNarInfo(StoreDir storeDir, StorePath path, JsonNode json) {
        long size = Json.optional(json, "downloadSize").map(Json::unsigned).orElse(0L);
        return new NarInfo(
                read(storeDir, path, json).info(),
                Json.string(Json.member(json, "url")),
                Json.optional(json, "compression").map(Json::string).orElse(NarInfo.DEFAULT_COMPRESSION),
                Json.optional(json, "downloadHash").map(Json::hash),
                size == 0 ? OptionalLong.empty() : OptionalLong.of(size));
    }
}
