package dev.berth.nix;

import dev.berth.testing.Seed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Mutations of good texts are read, or refused with a {@link FormatException}, and nothing else. A failure names its seed. */
class FuzzTest {
    private static final StoreDir DIR = StoreDir.DEFAULT;
    private static final int RUNS = 2_000;
    private static final String TOKENS = "\"\\()[]{}:;,^!*?&=%#@/.-\n\r\t \0\u00ff019azAZ";

    private static void fuzz(Function<Arbitrary, byte[]> good, Consumer<byte[]> read) {
        long first = Seed.first();
        for (long seed = first; seed < first + RUNS; seed++) {
            Random random = new Random(seed);
            byte[] text = good.apply(new Arbitrary(random));
            for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                text = mutate(random, text);
            }
            try {
                read.accept(text);
            } catch (FormatException e) {
                String message = String.valueOf(e.getMessage());
                if (message.lines().count() != 1 || message.length() > 2_000) {
                    throw new AssertionError("not a line with seed " + seed + ": " + message, e);
                }
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                throw new AssertionError("failed with seed " + seed, e);
            }
        }
    }

    private static byte[] mutate(Random random, byte[] bytes) {
        List<Byte> text = new ArrayList<>(bytes.length + 8);
        for (byte b : bytes) {
            text.add(b);
        }
        int at = random.nextInt(text.size() + 1);
        int end = Math.min(text.size(), at + random.nextInt(1 + random.nextInt(40)));
        switch (random.nextInt(6)) {
            case 0 -> text.subList(at, end).clear();
            case 1 -> text.addAll(random.nextInt(text.size() + 1), List.copyOf(text.subList(at, end)));
            case 2 -> text.subList(at, text.size()).clear();
            case 3 -> text.add(at, (byte) TOKENS.charAt(random.nextInt(TOKENS.length())));
            case 4 -> text.add(at, (byte) random.nextInt(256));
            default -> {
                if (at < text.size()) {
                    text.set(at, (byte) (text.get(at) ^ (1 << random.nextInt(8))));
                }
            }
        }
        byte[] mutated = new byte[text.size()];
        for (int i = 0; i < mutated.length; i++) {
            mutated[i] = text.get(i);
        }
        return mutated;
    }

    private static void fuzzText(Function<Arbitrary, String> good, Consumer<String> read) {
        fuzz(
                any -> good.apply(any).getBytes(StandardCharsets.UTF_8),
                bytes -> read.accept(new String(bytes, StandardCharsets.UTF_8)));
    }

    @Test
    void narInfos() {
        fuzzText(any -> any.narInfo().print(DIR), text -> {
            NarInfo info = NarInfo.parse(DIR, text, "fuzz");
            same(info, NarInfo.parse(DIR, info.print(DIR), "again"));
        });
    }

    @Test
    void derivations() {
        fuzz(any -> any.derivation().print(DIR), bytes -> {
            Derivation derivation = Derivation.parse(DIR, "fuzz", bytes);
            same(derivation, Derivation.parse(DIR, "fuzz", derivation.print(DIR)));
        });
    }

    @Test
    void derivationJson() {
        fuzzText(any -> Json.print(DerivationJson.write(any.derivation())), text -> {
            Derivation derivation = DerivationJson.read(Json.parse(text));
            same(derivation, Derivation.parse(DIR, derivation.name(), derivation.print(DIR)));
        });
    }

    @Test
    void storePathsAndDirs() {
        fuzzText(any -> DIR.print(any.path()), text -> {
            StorePath path = DIR.parse(text);
            same(path, DIR.parse(DIR.print(path)));
        });
        fuzzText(any -> DIR.print(any.path()) + "/bin/x", text -> {
            var sub = DIR.parseSubPath(text);
            same(text, DIR.print(sub.storePath()) + sub.rest());
        });
        fuzzText(any -> "/" + any.name(9) + "/" + any.name(9), text -> same(text, new StoreDir(text).path()));
    }

    @Test
    void hashesAndContentAddresses() {
        fuzzText(any -> any.hash().format(any.one(List.of(HashFormat.values())), true), text -> {
            Hash hash = Hash.parse(text);
            same(hash, Hash.parse(hash.toNix32()));
        });
        fuzzText(any -> any.contentAddress().print(), text -> {
            ContentAddress ca = ContentAddress.parse(text);
            same(ca, ContentAddress.parse(ca.print()));
        });
    }

    @Test
    void realisations() {
        fuzzText(any -> any.realisation().print(), text -> {
            Realisation realisation = Realisation.parse(text);
            same(realisation, Realisation.parse(realisation.print()));
        });
    }

    @Test
    void pathInfos() {
        StorePath path = new StorePath("n5wkd9frr45pa74if5gpz9j7mifg27fh-foo");
        fuzzText(
                any -> Json.print(
                        PathInfoJson.write(DIR, any.pathInfo(), any.one(List.of(PathInfoJson.Version.values())), true)),
                text -> PathInfoJson.read(DIR, path, Json.parse(text)));
    }

    @Test
    void derivedPaths() {
        fuzzText(any -> any.singleDerivedPath().print(DIR) + "^" + any.outputs().print(), text -> {
            DerivedPath path = DerivedPath.parse(DIR, text);
            same(path, DerivedPath.parse(DIR, path.print(DIR)));
            ExtendedOutputsSpec.parse(text);
        });
    }

    @Test
    void storeReferences() {
        fuzzText(any -> any.storeReference().render(), text -> {
            StoreReference reference = StoreReference.parse(text);
            same(reference, StoreReference.parse(reference.render()));
        });
    }

    @Test
    void keysAndSignatures() {
        fuzzText(
                any -> any.signature().print(),
                text -> same(text, Signature.parse(text).print()));
        SecretKey key = SecretKey.generate("key-1");
        Signature signature = key.sign("text");
        fuzzText(any -> key.publicKey().print(), text -> PublicKey.parse(text).verify("text", signature));
        fuzzText(any -> key.print(), text -> SecretKey.parse(text));
    }

    private static void same(Object a, Object b) {
        if (!a.equals(b)) {
            throw new AssertionError(Arrays.asList(a, b) + " should be the same");
        }
    }
}
