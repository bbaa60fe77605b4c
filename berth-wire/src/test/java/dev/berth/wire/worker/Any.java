package dev.berth.wire.worker;

import dev.berth.nix.ByteText;
import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivationOutput;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.GcRequest;
import dev.berth.wire.LogEvent;
import dev.berth.wire.LogField;
import dev.berth.wire.Missing;
import dev.berth.wire.SubstitutablePathInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Seeded generators of everything that goes over the wire. */
public final class Any {
    private static final String DIGITS = "0123456789abcdfghijklmnpqrsvwxyz";
    private static final List<String> PIECES =
            List.of("", "a", "\n", "\u0000", "\u00e9", "\u20ac", "\ud83d\ude00", "\udcff", "x".repeat(40), "\"\\");

    private final Random random;

    /** Always the same values for the same seed. */
    public Any(long seed) {
        this.random = new Random(seed);
    }

    /** Either. */
    public boolean coin() {
        return random.nextBoolean();
    }

    /** From 0 on. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    /** Not negative; small ones are as likely as large ones. */
    public long number() {
        return random.nextLong() >>> random.nextInt(1, 64);
    }

    /** One of them. */
    public <T> T one(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    /** None to so many. */
    public <T> List<T> some(int atMost, Supplier<T> item) {
        List<T> items = new ArrayList<>();
        for (int i = random.nextInt(atMost + 1); i > 0; i--) {
            items.add(item.get());
        }
        return items;
    }

    /** One or none. */
    public <T> Optional<T> maybe(Supplier<T> item) {
        return coin() ? Optional.of(item.get()) : Optional.empty();
    }

    /** So many. */
    public byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Text with every kind of character, also of bytes that are no UTF-8. */
    public String text() {
        // As it would be read: escaped bytes that together make a character are that character.
        byte[] bytes = ByteText.encode(String.join("", some(6, () -> one(PIECES))));
        return ByteText.decode(bytes, 0, bytes.length);
    }

    /** A name of a store path or output. */
    public String name() {
        return "n" + String.join("", some(5, () -> one(List.of("a", "B", "0", "+", "-", ".", "_", "?", "="))));
    }

    StorePath path(String name) {
        StringBuilder digits = new StringBuilder();
        for (int i = 0; i < StorePath.HASH_LENGTH; i++) {
            digits.append(DIGITS.charAt(random.nextInt(DIGITS.length())));
        }
        return new StorePath(digits + "-" + name);
    }

    /** A store path. */
    public StorePath path() {
        return path(name());
    }

    /** A derivation's path. */
    public StorePath drvPath() {
        return path(name() + ".drv");
    }

    Set<StorePath> paths() {
        return new TreeSet<>(some(8, this::path));
    }

    /** A hash. */
    public Hash hash(HashAlgorithm algorithm) {
        return Hash.of(algorithm, bytes(algorithm.size()));
    }

    ContentAddress contentAddress() {
        ContentAddressMethod method = one(List.of(ContentAddressMethod.values()));
        HashAlgorithm algorithm = method == ContentAddressMethod.TEXT
                ? HashAlgorithm.SHA256
                : method == ContentAddressMethod.GIT ? HashAlgorithm.SHA1 : one(List.of(HashAlgorithm.values()));
        return new ContentAddress(method, hash(algorithm));
    }

    /** A signature of the right size. */
    public Signature signature() {
        return Signature.parse(name() + ":" + Base64.getEncoder().encodeToString(bytes(Signature.SIZE)));
    }

    /** A path info with or without each of its parts. */
    public PathInfo pathInfo() {
        return new PathInfo(
                path(),
                hash(HashAlgorithm.SHA256),
                number(),
                new TreeSet<>(paths()),
                maybe(this::drvPath),
                Instant.ofEpochSecond(random.nextInt(Integer.MAX_VALUE)),
                coin(),
                new TreeSet<>(some(3, this::signature)),
                maybe(this::contentAddress));
    }

    /** What the protocol can say. */
    DerivedPath derivedPath(Dialect dialect) {
        if (random.nextInt(3) == 0) {
            return new DerivedPath.Opaque(dialect.atLeast(30) && coin() ? drvPath() : path());
        }
        SingleDerivedPath drv = SingleDerivedPath.of(drvPath());
        if (dialect.atLeast(30) && random.nextInt(3) == 0) {
            drv = new SingleDerivedPath.Built(drv, name());
        }
        Set<String> names = new TreeSet<>(some(3, this::name));
        return new DerivedPath.Built(drv, names.isEmpty() ? new OutputsSpec.All() : OutputsSpec.of(names));
    }

    DrvOutput drvOutput(Dialect dialect, String name) {
        return dialect.realisationWithPath()
                ? new DrvOutput.ByPath(drvPath(), name)
                : new DrvOutput.ByHash(hash(HashAlgorithm.SHA256), name);
    }

    Realisation realisation(Dialect dialect) {
        return realisation(dialect, drvOutput(dialect, name()));
    }

    private Realisation realisation(Dialect dialect, DrvOutput id) {
        if (!dialect.realisationWithPath() && !dialect.atLeast(31)) {
            return Realisation.of(id, path());
        }
        TreeMap<DrvOutput, StorePath> dependent = new TreeMap<>();
        if (!dialect.realisationWithPath()) {
            some(2, () -> drvOutput(dialect, name())).forEach(output -> dependent.put(output, path()));
        }
        return new Realisation(id, path(), new TreeSet<>(some(2, this::signature)), dependent);
    }

    /**
     * What the protocol can say.
     *
     * @param drvPath what was built
     */
    BuildResult buildResult(Dialect dialect, Optional<StorePath> drvPath) {
        NavigableMap<String, Realisation> built = new TreeMap<>();
        // Realisations in results are JSON from their first version on.
        Dialect json = new Dialect(dialect.storeDir(), Math.max(31, dialect.minor()), dialect.features());
        if (dialect.atLeast(28)) {
            some(3, this::name)
                    .forEach(name -> built.put(
                            name,
                            realisation(
                                    json,
                                    !dialect.realisationWithPath()
                                            ? drvOutput(json, name)
                                            : drvPath.<DrvOutput>map(drv -> new DrvOutput.ByPath(drv, name))
                                                    .orElse(RealisationCodec.dummy(name)))));
        }
        boolean times = dialect.atLeast(29);
        boolean cpu = dialect.atLeast(37);
        return new BuildResult(
                one(List.of(BuildResult.Status.values())),
                text(),
                times ? random.nextInt(100) : 0,
                times && coin(),
                times ? number() : 0,
                times ? number() : 0,
                cpu ? maybe(this::duration) : Optional.empty(),
                cpu ? maybe(this::duration) : Optional.empty(),
                built);
    }

    BuildResult.Keyed keyed(Dialect dialect) {
        DerivedPath path = derivedPath(dialect);
        Optional<StorePath> drv =
                path instanceof DerivedPath.Built(SingleDerivedPath.Opaque(StorePath base), OutputsSpec _)
                        ? Optional.of(base)
                        : Optional.empty();
        return new BuildResult.Keyed(path, buildResult(dialect, drv));
    }

    private Duration duration() {
        return Duration.ofNanos(random.nextLong(1L << 50) * 1000);
    }

    /** A derivation without inputs from derivations. */
    Derivation derivation(boolean contentAddressed) {
        TreeMap<String, DerivationOutput> outputs = new TreeMap<>();
        if (contentAddressed) {
            outputs.put("out", new DerivationOutput.Fixed(contentAddress()));
        } else {
            some(4, this::name).forEach(name -> outputs.put(name, output()));
        }
        TreeMap<String, String> env = new TreeMap<>(ByteText.ORDER);
        some(6, this::text).forEach(name -> env.put(name, text()));
        return new Derivation(
                name(), outputs, new TreeSet<>(paths()), new TreeMap<>(), name(), text(), some(4, this::text), env);
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

    ClientSettings settings() {
        TreeMap<String, String> overrides = new TreeMap<>();
        some(4, this::text).forEach(name -> overrides.put(name, text()));
        return new ClientSettings(
                coin(),
                coin(),
                coin(),
                random.nextInt(8),
                random.nextInt(100),
                random.nextInt(100),
                coin(),
                random.nextInt(100),
                coin(),
                overrides);
    }

    GcRequest gcRequest() {
        return new GcRequest(one(List.of(GcRequest.Action.values())), false, paths(), random.nextLong());
    }

    GcRequest.Outcome gcOutcome() {
        return new GcRequest.Outcome(new TreeSet<>(some(4, this::text)), random.nextLong());
    }

    Missing missing() {
        return new Missing(paths(), paths(), paths(), random.nextLong(), random.nextLong());
    }

    SubstitutablePathInfo substitutable() {
        return new SubstitutablePathInfo(maybe(this::drvPath), paths(), number(), number());
    }

    Map<StorePath, Set<String>> roots() {
        Map<StorePath, Set<String>> roots = new TreeMap<>();
        some(4, this::path).forEach(path -> {
            Set<String> links = new TreeSet<>(some(3, () -> "/nix/var/" + text()));
            links.add("/proc/1/maps");
            roots.put(path, links);
        });
        return roots;
    }

    LogEvent logEvent() {
        return switch (random.nextInt(4)) {
            case 0 -> new LogEvent.Message(0, bytes(random.nextInt(40)));
            case 1 ->
                new LogEvent.StartActivity(
                        random.nextLong(),
                        random.nextInt(8),
                        random.nextInt(200),
                        text(),
                        some(3, this::logField),
                        random.nextLong());
            case 2 -> new LogEvent.StopActivity(random.nextLong());
            default -> new LogEvent.Result(random.nextLong(), random.nextInt(200), some(3, this::logField));
        };
    }

    private LogField logField() {
        return coin() ? new LogField.Int(random.nextLong()) : new LogField.Text(bytes(random.nextInt(20)));
    }

    /** A small tree that can be told again and again. */
    NarSource tree() {
        byte[] content = bytes(random.nextInt(4) == 0 ? random.nextInt(300_000) : random.nextInt(100));
        boolean executable = coin();
        boolean directory = coin();
        return sink -> {
            if (directory) {
                sink.startDirectory();
                sink.entry(new byte[] {'f', (byte) 0xff});
            }
            sink.startFile(executable, content.length);
            sink.contents(content, 0, content.length);
            sink.endFile();
            if (directory) {
                sink.entry(new byte[] {'z', (byte) 0xfe, 1});
                sink.symlink(new byte[] {'x'});
                sink.endDirectory();
            }
        };
    }

    /** Arrays in events compare by identity; this does not. */
    static String shown(LogEvent event) {
        return switch (event) {
            case LogEvent.Message(long _, byte[] text) -> "message " + Arrays.toString(text);
            case LogEvent.StartActivity s ->
                "start " + s.id() + " " + s.level() + " " + s.type() + " " + s.text() + " " + shown(s.fields()) + " "
                        + s.parent();
            case LogEvent.StopActivity s -> s.toString();
            case LogEvent.Result r -> "result " + r.id() + " " + r.type() + " " + shown(r.fields());
        };
    }

    private static String shown(List<LogField> fields) {
        return fields.stream()
                .map(field -> switch (field) {
                    case LogField.Int(long value) -> Long.toString(value);
                    case LogField.Text(byte[] bytes) -> Arrays.toString(bytes);
                })
                .toList()
                .toString();
    }
}
