package dev.berth.nix;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which store path an output of a content-addressed derivation came out as, and who says so (libstore/realisation.cc). The
 * kind of {@code id} decides the generation: by hash, the JSON and fingerprint are those of Nix until 2.34; by path, those
 * of later releases ({@code build-trace-v2}). Immutable.
 *
 * @param id the output
 * @param outPath what it came out as
 * @param signatures who says so
 * @param dependentRealisations what the output's derivation found for its inputs; always empty from Nix 2.33 on, and where
 *     {@code id} is by path
 */
public record Realisation(
        DrvOutput id,
        StorePath outPath,
        NavigableSet<Signature> signatures,
        NavigableMap<DrvOutput, StorePath> dependentRealisations) {

    /** Copies the collections. @throws FormatException if a realisation by path has dependent ones */
    public Realisation {
        signatures = Collections.unmodifiableNavigableSet(new TreeSet<>(signatures));
        dependentRealisations = Collections.unmodifiableNavigableMap(new TreeMap<>(dependentRealisations));
        boolean allByHash = id instanceof DrvOutput.ByHash
                && dependentRealisations.keySet().stream().allMatch(DrvOutput.ByHash.class::isInstance);
        if (!dependentRealisations.isEmpty() && !allByHash) {
            throw new FormatException("a realisation by path has no dependent realisations");
        }
    }

    /** A realisation without signatures. */
    public static Realisation of(DrvOutput id, StorePath outPath) {
        return new Realisation(id, outPath, Collections.emptyNavigableSet(), Collections.emptyNavigableMap());
    }

    /**
     * Reads the JSON of either generation; signatures as texts or objects.
     *
     * @throws FormatException otherwise
     */
    public static Realisation parse(String json) {
        return fromJson(Json.parse(json));
    }

    /**
     * Reads the JSON of either generation.
     *
     * @throws FormatException otherwise
     */
    public static Realisation fromJson(JsonNode json) {
        if (Json.optional(json, "key").isPresent()) {
            JsonNode key = Json.member(json, "key");
            StorePath drvPath = new StorePath(Json.string(Json.member(key, "drvPath")));
            String outputName = Json.string(Json.member(key, "outputName"));
            return fromJson(new DrvOutput.ByPath(drvPath, outputName), Json.member(json, "value"));
        }
        return fromJson(DrvOutput.parseByHash(Json.string(Json.member(json, "id"))), json);
    }

    /**
     * Reads the JSON of what is known of an output, without the output itself, as in the files of a cache by path.
     *
     * @throws FormatException otherwise
     */
    public static Realisation fromJson(DrvOutput id, JsonNode value) {
        TreeMap<DrvOutput, StorePath> dependent = new TreeMap<>();
        Json.optional(value, "dependentRealisations")
                .ifPresent(all -> Json.members(all, each -> {
                    StorePath path = new StorePath(Json.string(each.getValue()));
                    dependent.put(DrvOutput.parseByHash(each.getKey()), path);
                }));
        List<Signature> signatures = Json.optional(value, "signatures")
                .map(all -> Json.list(all, Json::signature))
                .orElse(List.of());
        return new Realisation(
                id, new StorePath(Json.string(Json.member(value, "outPath"))), new TreeSet<>(signatures), dependent);
    }

    /**
     * Reads the file of a binary cache about an output, of the generation of its key: {@code realisations/…} or
     * {@code build-trace-v2/…}, the latter with or without the key in it.
     *
     * @throws FormatException otherwise, and if it is of another output
     */
    public static Realisation parseFile(DrvOutput id, String json) {
        JsonNode node = Json.parse(json);
        boolean keyed =
                id instanceof DrvOutput.ByHash || Json.optional(node, "key").isPresent();
        Realisation read = keyed ? fromJson(node) : fromJson(id, node);
        if (!read.id().equals(id)) {
            throw new FormatException("the file is of another output, "
                    + FormatException.quote(read.id().outputName()) + " of another derivation");
        }
        return read;
    }

    /** The content of its file in a binary cache. */
    public String printFile() {
        return switch (id) {
            case DrvOutput.ByHash _ -> print();
            case DrvOutput.ByPath _ -> Json.print(valueJson());
        };
    }

    /** This realisation with more signatures. */
    public Realisation withSignatures(Collection<Signature> more) {
        TreeSet<Signature> all = new TreeSet<>(signatures);
        all.addAll(more);
        return new Realisation(id, outPath, all, dependentRealisations);
    }

    /**
     * The JSON of its generation. A realisation by hash has its signatures as texts, which is what every release that knows
     * it reads.
     */
    public ObjectNode toJson() {
        return switch (id) {
            case DrvOutput.ByHash byHash -> {
                ObjectNode json = byHashJson(byHash);
                json.set("signatures", Json.strings(signatures, Signature::print));
                yield json;
            }
            case DrvOutput.ByPath byPath -> {
                ObjectNode json = Json.object();
                json.set("key", key(byPath));
                json.set("value", valueJson());
                yield json;
            }
        };
    }

    /** The JSON of what is known of the output, by path: the content of its file in a cache. */
    public ObjectNode valueJson() {
        ObjectNode json = Json.object().put("outPath", outPath.baseName());
        var array = Json.array();
        signatures.forEach(signature -> array.add(Json.signature(signature)));
        json.set("signatures", array);
        return json;
    }

    /** {@link #toJson()} as a text, compact. */
    public String print() {
        return Json.print(toJson());
    }

    /** What a signature signs: the compact JSON without signatures. */
    public String fingerprint() {
        return Json.print(
                switch (id) {
                    case DrvOutput.ByHash byHash -> byHashJson(byHash);
                    case DrvOutput.ByPath byPath -> {
                        ObjectNode json = Json.object();
                        json.set("key", key(byPath));
                        json.set("value", Json.object().put("outPath", outPath.baseName()));
                        yield json;
                    }
                });
    }

    private ObjectNode byHashJson(DrvOutput.ByHash byHash) {
        ObjectNode dependent = Json.object();
        dependentRealisations.forEach((output, path) -> {
            if (output instanceof DrvOutput.ByHash key) {
                dependent.put(key.print(), path.baseName());
            }
        });
        ObjectNode json = Json.object().put("id", byHash.print()).put("outPath", outPath.baseName());
        json.set("dependentRealisations", dependent);
        return json;
    }

    private static ObjectNode key(DrvOutput.ByPath byPath) {
        return Json.object().put("drvPath", byPath.drvPath().baseName()).put("outputName", byPath.outputName());
    }

    /** This realisation with a signature by the key added. */
    public Realisation signed(SecretKey key) {
        TreeSet<Signature> all = new TreeSet<>(signatures);
        all.add(key.sign(fingerprint()));
        return new Realisation(id, outPath, all, dependentRealisations);
    }

    /** Those of the keys by which it carries a valid signature. */
    public List<PublicKey> signers(Collection<PublicKey> keys) {
        String fingerprint = fingerprint();
        List<PublicKey> good = new ArrayList<>();
        for (PublicKey key : keys) {
            if (signatures.stream().anyMatch(signature -> key.verify(fingerprint, signature))) {
                good.add(key);
            }
        }
        return good;
    }
}
