package dev.berth.nix;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Seeded generators of everything that the formats can say. */
final class Arbitrary {
    static final StoreDir DIR = StoreDir.DEFAULT;
    private static final String NAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._?=";
    private static final String[] PIECES = {
        "",
        "a",
        "\"",
        "\\",
        "\n",
        "\r",
        "\t",
        "$",
        "\u0000",
        "\u00e9",
        "\u20ac",
        "\ud83d\ude00",
        "\udcff",
        "\ue000",
        "[(",
        ",",
        "])"
    };

    private final Random random;

    Arbitrary(Random random) {
        this.random = random;
    }

    <T> T one(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    <T> List<T> some(int atMost, Supplier<T> item) {
        List<T> items = new ArrayList<>();
        for (int i = random.nextInt(atMost + 1); i > 0; i--) {
            items.add(item.get());
        }
        return items;
    }

    <T> Optional<T> maybe(Supplier<T> item) {
        return random.nextBoolean() ? Optional.of(item.get()) : Optional.empty();
    }

    byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    String name(int atMost) {
        StringBuilder name = new StringBuilder().append((char) ('a' + random.nextInt(26)));
        for (int i = random.nextInt(random.nextInt(20) == 0 ? atMost : 12); i > 0; i--) {
            name.append(NAME.charAt(random.nextInt(NAME.length())));
        }
        return name.toString();
    }

    /** A text with everything that needs escapes, and bytes that are no UTF-8. */
    String text() {
        String text = String.join("", some(8, () -> one(List.of(PIECES))));
        // As it would be read: escaped bytes that together make a character are that character.
        byte[] bytes = ByteText.encode(text);
        return ByteText.decode(bytes, 0, bytes.length);
    }

    Hash hash(HashAlgorithm algorithm) {
        return Hash.of(algorithm, bytes(algorithm.size()));
    }

    Hash hash() {
        return hash(one(List.of(HashAlgorithm.values())));
    }

    StorePath path() {
        return path(name(StorePath.MAX_NAME_LENGTH - 1));
    }

    StorePath path(String name) {
        return new StorePath(NixBase32.encode(bytes(20)) + "-" + name);
    }

    StorePath drvPath() {
        return path(name(150) + ".drv");
    }

    ContentAddress contentAddress() {
        ContentAddressMethod method = one(List.of(ContentAddressMethod.values()));
        return new ContentAddress(
                method,
                switch (method) {
                    case TEXT -> hash(HashAlgorithm.SHA256);
                    case GIT -> hash(HashAlgorithm.SHA1);
                    case FLAT, NAR -> hash();
                });
    }

    Signature signature() {
        return Signature.parse(name(20) + ":" + Base64.getEncoder().encodeToString(bytes(Signature.SIZE)));
    }

    PathInfo pathInfo() {
        return new PathInfo(
                path(),
                hash(HashAlgorithm.SHA256),
                1 + (random.nextLong() & Long.MAX_VALUE) % Long.MAX_VALUE,
                new TreeSet<>(some(5, this::path)),
                maybe(this::drvPath),
                Instant.ofEpochSecond(random.nextInt(Integer.MAX_VALUE)),
                random.nextBoolean(),
                new TreeSet<>(some(3, this::signature)),
                maybe(this::contentAddress));
    }

    NarInfo narInfo() {
        return new NarInfo(
                pathInfo(),
                "nar/" + name(50) + one(List.of("", "?a=b&c", "#x", " ", "\u00e9", ": y")),
                one(List.of("none", "xz", "zstd", "br", "bzip2", "unknown")),
                maybe(this::hash),
                random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(1 + random.nextLong(Long.MAX_VALUE - 1)));
    }

    SingleDerivedPath singleDerivedPath() {
        SingleDerivedPath path = SingleDerivedPath.of(path());
        for (int i = random.nextInt(4); i > 0; i--) {
            path = new SingleDerivedPath.Built(path, name(12));
        }
        return path;
    }

    OutputsSpec outputs() {
        TreeSet<String> names = new TreeSet<>(some(3, () -> name(12)));
        return names.isEmpty() ? new OutputsSpec.All() : new OutputsSpec.Names(names);
    }

    Realisation realisation() {
        TreeSet<Signature> signatures = new TreeSet<>(some(3, this::signature));
        if (random.nextBoolean()) {
            return new Realisation(new DrvOutput.ByPath(drvPath(), name(12)), path(), signatures, new TreeMap<>());
        }
        TreeMap<DrvOutput, StorePath> dependent = new TreeMap<>();
        some(3, this::byHash).forEach(id -> dependent.put(id, path()));
        return new Realisation(byHash(), path(), signatures, dependent);
    }

    private DrvOutput byHash() {
        return new DrvOutput.ByHash(hash(HashAlgorithm.SHA256), name(12));
    }

    private InputOutputs inputOutputs(int depth) {
        TreeMap<String, InputOutputs> dynamic = new TreeMap<>();
        if (depth < 4 && random.nextInt(4) == 0) {
            some(2, () -> name(12)).forEach(name -> dynamic.put(name, inputOutputs(depth + 1)));
        }
        TreeSet<String> outputs = new TreeSet<>(some(3, () -> name(12)));
        if (outputs.isEmpty() && dynamic.isEmpty()) {
            outputs.add("out");
        }
        return new InputOutputs(outputs, dynamic);
    }

    private DerivationOutput output() {
        return switch (random.nextInt(5)) {
            case 0 -> new DerivationOutput.InputAddressed(path());
            case 1 -> new DerivationOutput.Fixed(contentAddress());
            case 2 -> new DerivationOutput.Floating(one(List.of(ContentAddressMethod.values())), HashAlgorithm.SHA256);
            case 3 -> new DerivationOutput.Impure(one(List.of(ContentAddressMethod.values())), HashAlgorithm.SHA512);
            default -> new DerivationOutput.Deferred();
        };
    }

    Derivation derivation() {
        TreeMap<String, DerivationOutput> outputs = new TreeMap<>();
        some(4, () -> name(12)).forEach(name -> outputs.put(name, output()));
        TreeMap<StorePath, InputOutputs> inputs = new TreeMap<>();
        some(4, this::drvPath).forEach(path -> inputs.put(path, inputOutputs(0)));
        TreeMap<String, String> env = new TreeMap<>(ByteText.ORDER);
        some(6, this::text).forEach(name -> env.put(name, text()));
        if (random.nextInt(3) == 0) {
            env.put(Derivation.STRUCTURED_ATTRS, "{\"a\":[1,2.50,\"\u00e9\\u0001\",null],\"b\":{}}");
        }
        return new Derivation(
                name(150),
                outputs,
                new TreeSet<>(some(4, this::path)),
                inputs,
                name(12),
                text(),
                some(4, this::text),
                env);
    }

    StoreReference storeReference() {
        String path = random.nextBoolean()
                ? ""
                : "/" + new String(bytes(random.nextInt(8)), StandardCharsets.ISO_8859_1).replace('\0', 'x');
        String location = one(List.of("", "host", "user@host", "host:80", "[::1]", "u:p@[fe80::1%25eth0]:22"))
                + StoreUri.encodePath(path);
        TreeMap<String, String> params = new TreeMap<>();
        some(3, () -> name(8))
                .forEach(name -> params.put(
                        name + one(List.of("", "&", "=", " ", "%")),
                        one(List.of("", "1", "/a b", "?&=#%", "\u00e9\ud83d\ude00"))));
        return random.nextInt(5) == 0
                ? new StoreReference(StoreReference.Form.AUTO, "", "", params)
                : StoreReference.of(one(List.of("http", "s3", "ssh-ng", "unix", "local")), location, params);
    }
}
