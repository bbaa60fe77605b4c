package dev.berth.nix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.berth.testing.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What is written is read as it was. A failure names its seed. */
class PropertyTest {
    private static final StoreDir DIR = StoreDir.DEFAULT;
    private static final int RUNS = 1_000;

    private static void always(Consumer<Arbitrary> property) {
        long first = Seed.first();
        for (long seed = first; seed < first + RUNS; seed++) {
            try {
                property.accept(new Arbitrary(new Random(seed)));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("failed with seed " + seed, e);
            }
        }
    }

    @Test
    void nixBase32() {
        always(any -> {
            byte[] bytes = any.bytes(any.one(List.of(0, 1, 5, 16, 20, 32, 64, 97)));
            String text = NixBase32.encode(bytes);
            assertEquals(NixBase32.encodedLength(bytes.length), text.length());
            assertArrayEquals(bytes, NixBase32.decode(text));
        });
    }

    @Test
    void hashes() {
        always(any -> {
            Hash hash = any.hash();
            for (HashFormat format : HashFormat.values()) {
                assertEquals(hash, Hash.parse(hash.format(format, true)));
                assertEquals(hash, Hash.parse(hash.format(format, false), hash.algorithm()));
            }
        });
    }

    @Test
    void storePaths() {
        always(any -> {
            StorePath path = any.path();
            assertEquals(path, new StorePath(path.hashPart() + "-" + path.name()));
            assertEquals(path, DIR.parse(DIR.print(path)));
            assertEquals(path, DIR.parseSubPath(DIR.print(path) + "/x/../y").storePath());
            assertThrows(FormatException.class, () -> new StorePath(path.baseName() + "/"));
            assertThrows(FormatException.class, () -> DIR.parse("/nix/stor" + path));
        });
    }

    @Test
    void contentAddresses() {
        always(any -> {
            ContentAddress ca = any.contentAddress();
            assertEquals(ca, ContentAddress.parse(ca.print()));
            assertEquals(ca, Json.contentAddress(Json.contentAddress(ca)));
        });
    }

    @Test
    void signaturesAndKeys() {
        SecretKey key = SecretKey.generate("key-1");
        SecretKey other = SecretKey.generate("key-1");
        assertEquals(key.print(), SecretKey.parse(key.print() + "\n").print());
        for (int i = 0; i < 50; i++) {
            PathInfo info = new Arbitrary(new Random(i)).pathInfo();
            Signature signature = key.sign(info.fingerprint(DIR));
            assertEquals(signature, Signature.parse(signature.print()));
            assertTrue(info.withSignatures(List.of(signature)).isTrustedBy(DIR, List.of(key.publicKey())), "seed " + i);
            assertEquals(List.of(), info.withSignatures(List.of(signature)).signers(DIR, List.of(other.publicKey())));
        }
        assertEquals(key.publicKey(), PublicKey.parse(key.publicKey().print()));
    }

    @Test
    void narInfos() {
        always(any -> {
            NarInfo info = any.narInfo();
            assertEquals(info, NarInfo.parse(DIR, info.print(DIR), "text"));
            var json = PathInfoJson.write(DIR, info, PathInfoJson.Version.V2, true);
            assertEquals(info, PathInfoJson.readNarInfo(DIR, info.info().path(), Json.parse(Json.print(json))));
        });
    }

    @Test
    void pathInfos() {
        always(any -> {
            PathInfo info = any.pathInfo();
            for (PathInfoJson.Version version : PathInfoJson.Version.values()) {
                var json = PathInfoJson.write(DIR, info, version, true);
                assertEquals(
                        new PathInfoJson.Read(DIR, info),
                        PathInfoJson.read(new StoreDir("/other"), info.path(), Json.parse(Json.print(json))));
            }
        });
    }

    @Test
    void derivedPaths() {
        always(any -> {
            SingleDerivedPath single = any.singleDerivedPath();
            assertEquals(single, SingleDerivedPath.parse(DIR, single.print(DIR)));
            assertEquals(single, SingleDerivedPath.parseLegacy(DIR, single.printLegacy(DIR)));
            assertEquals(single, DerivedPathJson.readSingle(DerivedPathJson.write(single)));
            DerivedPath built = new DerivedPath.Built(single, any.outputs());
            assertEquals(built, DerivedPath.parse(DIR, built.print(DIR)));
            assertEquals(built, DerivedPath.parseLegacy(DIR, built.printLegacy(DIR)));
            assertEquals(built, DerivedPathJson.read(DerivedPathJson.write(built)));
        });
    }

    @Test
    void realisations() {
        always(any -> {
            Realisation realisation = any.realisation();
            assertEquals(realisation, Realisation.parse(realisation.print()));
            assertEquals(realisation.id(), DrvOutput.parse(DIR, realisation.id().print(DIR)));
        });
    }

    @Test
    void derivations() {
        always(any -> {
            Derivation derivation = any.derivation();
            byte[] text = derivation.print(DIR);
            Derivation read = Derivation.parse(DIR, derivation.name(), text);
            assertEquals(derivation, read);
            assertArrayEquals(text, read.print(DIR));
            assertEquals(derivation.storePath(DIR), read.storePath(DIR));
            Derivation json = DerivationJson.read(DerivationJson.write(derivation));
            // The JSON text of structured attributes may come back written otherwise, once.
            assertEquals(json, DerivationJson.read(DerivationJson.write(json)));
        });
    }

    @Test
    void storeReferences() {
        always(any -> {
            StoreReference reference = any.storeReference();
            StoreReference read = StoreReference.parse(reference.render());
            assertEquals(reference, read);
            assertEquals(reference.render(), read.render());
        });
    }

    @Test
    void mapsAreInTheOrderOfBytes() {
        always(any -> {
            String a = any.text();
            String b = any.text();
            int bytes = Arrays.compareUnsigned(ByteText.encode(a), ByteText.encode(b));
            assertEquals(Integer.signum(bytes), Integer.signum(ByteText.ORDER.compare(a, b)));
        });
    }
}
