package dev.berth.nix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.nix.PathInfoJson.Version;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Golden JSON of path infos, narinfos, derived paths, outputs, content addresses, store paths, hashes, realisations. */
class JsonFormatsTest {
    private static final StorePath PATH = new StorePath("n5wkd9frr45pa74if5gpz9j7mifg27fh-foo");
    private static final StorePath FOO_DRV = new StorePath("g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo.drv");
    private static final SecretKey TEST_KEY = SecretKey.parse(
            "test-key:tU7tTvLcScf8pmz/eTV0BEtLmRsPpZfKaRcd0nCN+pysBZPHSeg61/u2oc7mIOewfuAY1V1BiX32homTaDJ2Jw==");

    @Test
    void aNumberOutOfAnyRangeIsMalformed() {
        FormatException e = assertThrows(FormatException.class, () -> Json.parse("{\"narSize\":44e78977020963123310}"));
        assertEquals("JSON holds a number out of any range", e.getMessage());
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void goldenPathInfosComeBack(Version version) {
        String folder = "path-info/json-" + version.name().substring(1) + "/";
        int read = 0;
        for (String name : Golden.names(folder, ".json")) {
            PathInfo info = PathInfoJson.read(StoreDir.DEFAULT, PATH, Golden.json(folder + name + ".json"))
                    .info();
            if (name.endsWith("_noversion")) {
                assertEquals(Version.V1, version);
            } else {
                assertEquals(
                        Json.print(Golden.json(folder + name + ".json")),
                        Json.print(PathInfoJson.write(StoreDir.DEFAULT, info, version, name.endsWith("impure"))),
                        folder + name);
            }
            assertEquals(name.startsWith("empty") ? 0 : 2, info.references().size());
            assertEquals(name.equals("impure"), info.ultimate());
            read++;
        }
        assertTrue(read >= 4, folder);
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void goldenNarInfosComeBack(Version version) {
        String folder = "nar-info/json-" + version.name().substring(1) + "/";
        var impure = Golden.json(folder + "impure.json");
        NarInfo info = PathInfoJson.readNarInfo(StoreDir.DEFAULT, PATH, impure);
        assertEquals(4029176, info.fileSize().orElseThrow());
        // A narinfo file says nothing of registration and trust; its JSON in a store's cache does.
        PathInfo withTrust = PathInfoJson.read(StoreDir.DEFAULT, PATH, impure).info();
        var written = PathInfoJson.write(StoreDir.DEFAULT, info, version, true);
        written.setAll(PathInfoJson.write(StoreDir.DEFAULT, withTrust, version, true));
        assertEquals(Json.print(impure), Json.print(written));
        assertEquals(
                Json.print(Golden.json(folder + "pure.json")),
                Json.print(PathInfoJson.write(StoreDir.DEFAULT, info, version, false)));
        assertEquals(info, NarInfo.parse(StoreDir.DEFAULT, info.print(StoreDir.DEFAULT), "golden"));
    }

    @Test
    void goldenDerivedPathsComeBack() {
        SingleDerivedPath bar = new SingleDerivedPath.Built(SingleDerivedPath.of(FOO_DRV), "bar");
        single("single_opaque", SingleDerivedPath.of(FOO_DRV));
        single("single_built", bar);
        single("single_built_built", new SingleDerivedPath.Built(bar, "baz"));
        multi("multi_opaque", new DerivedPath.Opaque(FOO_DRV));
        multi("mutli_built", new DerivedPath.Built(SingleDerivedPath.of(FOO_DRV), OutputsSpec.parse("bar,baz")));
        multi("multi_built_built", new DerivedPath.Built(bar, OutputsSpec.parse("quux,baz")));
        multi("multi_built_built_wildcard", new DerivedPath.Built(bar, OutputsSpec.parse("*")));
    }

    private static void single(String name, SingleDerivedPath expected) {
        var json = Golden.json("derived-path/" + name + ".json");
        assertEquals(expected, DerivedPathJson.readSingle(json));
        assertEquals(json, DerivedPathJson.write(expected));
        assertEquals(expected, SingleDerivedPath.parse(StoreDir.DEFAULT, expected.print(StoreDir.DEFAULT)));
        assertEquals(expected, SingleDerivedPath.parseLegacy(StoreDir.DEFAULT, expected.printLegacy(StoreDir.DEFAULT)));
    }

    private static void multi(String name, DerivedPath expected) {
        var json = Golden.json("derived-path/" + name + ".json");
        assertEquals(expected, DerivedPathJson.read(json));
        assertEquals(json, DerivedPathJson.write(expected));
        assertEquals(expected, DerivedPath.parse(StoreDir.DEFAULT, expected.print(StoreDir.DEFAULT)));
        assertEquals(expected, DerivedPath.parseLegacy(StoreDir.DEFAULT, expected.printLegacy(StoreDir.DEFAULT)));
    }

    @Test
    void goldenOutputsComeBack() {
        outputs("all", new OutputsSpec.All());
        outputs("name", OutputsSpec.of(Set.of("a")));
        outputs("names", OutputsSpec.of(Set.of("a", "b")));
        var none = Golden.json("outputs-spec/extended/def.json");
        assertEquals(new ExtendedOutputsSpec.Default(), DerivedPathJson.readExtended(none));
        assertEquals(none, DerivedPathJson.write(new ExtendedOutputsSpec.Default()));
    }

    private static void outputs(String name, OutputsSpec expected) {
        var json = Golden.json("outputs-spec/" + name + ".json");
        assertEquals(expected, DerivedPathJson.readOutputs(json));
        assertEquals(json, DerivedPathJson.write(expected));
        var extended = Golden.json("outputs-spec/extended/" + name + ".json");
        var explicit = new ExtendedOutputsSpec.Explicit(expected);
        assertEquals(explicit, DerivedPathJson.readExtended(extended));
        assertEquals(extended, DerivedPathJson.write(explicit));
        assertEquals(
                new ExtendedOutputsSpec.Split("a^b", explicit), ExtendedOutputsSpec.parse("a^b" + explicit.print()));
    }

    @Test
    void outputsAreSetsOfAllowedNames() {
        assertEquals(OutputsSpec.parse("a,b,c"), OutputsSpec.parse("c,a").union(OutputsSpec.parse("b")));
        assertEquals("*", OutputsSpec.parse("c,a").union(OutputsSpec.parse("*")).print());
        for (String bad : List.of("", "a,", ",", "a b", "*,a", "a/b", "..")) {
            assertThrows(FormatException.class, () -> OutputsSpec.parse(bad), bad);
        }
        String deep = "/nix/store/" + FOO_DRV + "^out".repeat(SingleDerivedPath.MAX_DEPTH + 1);
        assertThrows(FormatException.class, () -> SingleDerivedPath.parse(StoreDir.DEFAULT, deep));
        assertThrows(FormatException.class, () -> SingleDerivedPath.parse(StoreDir.DEFAULT, deep.repeat(1000)));
    }

    @Test
    void goldenSmallValuesComeBack() {
        for (String name : Golden.names("content-address", ".json")) {
            var json = Golden.json("content-address/" + name + ".json");
            ContentAddress ca = Json.contentAddress(json);
            assertEquals(name, ca.method().text());
            assertEquals(json, Json.contentAddress(ca));
            assertEquals(ca, ContentAddress.parse(ca.print()));
        }
        for (String name : Golden.names("util/hash", ".json")) {
            var json = Golden.json("util/hash/" + name + ".json");
            assertEquals(json.textValue(), Json.hash(json).format(HashFormat.SRI, true));
        }
        assertEquals(FOO_DRV, new StorePath(Json.string(Golden.json("store-path/simple.json"))));
    }

    @Test
    void goldenRealisationsByPathComeBackAndSignAsNixSigns() {
        for (String name : List.of("simple", "with-signature")) {
            var json = Golden.json("realisation/" + name + ".json");
            Realisation realisation = Realisation.fromJson(json);
            assertEquals(Json.print(json), realisation.print());
            assertEquals(Golden.text("realisation/" + name + "-fingerprint.txt"), realisation.fingerprint());
            Signature golden = Json.signature(Golden.json("realisation/" + name + "-sig.json"));
            Realisation signed = realisation.signed(TEST_KEY);
            assertTrue(signed.signatures().contains(golden), signed::toString);
            assertEquals(List.of(TEST_KEY.publicKey()), signed.signers(List.of(TEST_KEY.publicKey())));
            assertEquals(List.of(), realisation.signers(List.of(TEST_KEY.publicKey())));
            var value = Golden.json("realisation/unkeyed-" + name + ".json");
            assertEquals(realisation, Realisation.fromJson(realisation.id(), value));
            assertEquals(Json.print(value), Json.print(realisation.valueJson()));
        }
        assertEquals(
                Realisation.fromJson(Golden.json("realisation/with-signature.json")),
                Realisation.fromJson(Golden.json("realisation/with-signature-unstructured.json")));
        DrvOutput id = Realisation.parse(Golden.text("realisation/simple.json")).id();
        assertEquals("/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar.drv^foo", id.print(StoreDir.DEFAULT));
        assertEquals(id, DrvOutput.parse(StoreDir.DEFAULT, id.print(StoreDir.DEFAULT)));
        for (String protocol : List.of("worker-protocol/realisation-realisation-with-path-not-hash")) {
            var json = Golden.json(protocol + ".json");
            assertEquals(Json.print(json), Realisation.fromJson(json).print());
        }
    }

    @Test
    void goldenRealisationsByHashComeBack() {
        var all = Golden.json("common-protocol/realisation.json");
        var withDeps = Golden.json("common-protocol/realisation-with-deps.json");
        Realisation last = Realisation.fromJson(withDeps.get(0));
        assertEquals(Json.print(withDeps.get(0)), last.print());
        assertEquals(1, last.dependentRealisations().size());
        assertEquals(Json.print(all.get(0)), Realisation.fromJson(all.get(0)).print());
        // Newer releases write signatures as objects; all read them as texts, which is what is written here.
        Realisation signed = Realisation.fromJson(all.get(1));
        assertEquals(2, signed.signatures().size());
        assertEquals(signed, Realisation.parse(signed.print()));
        assertEquals(
                "{\"dependentRealisations\":{\"sha256:6f869f9ea2823bda165e06076fd0de4366dead2c0e8d2dbbad277d4f15c373f5!quux\":"
                        + "\"g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo\"},"
                        + "\"id\":\"sha256:15e3c560894cbb27085cf65b5a2ecb18488c999497f4531b6907a7581ce6d527!baz\","
                        + "\"outPath\":\"g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo\"}",
                last.fingerprint());
        for (var id : Golden.json("common-protocol/drv-output.json")) {
            assertEquals(
                    id.textValue(),
                    DrvOutput.parse(StoreDir.DEFAULT, id.textValue()).print(StoreDir.DEFAULT));
        }
    }

    @Test
    void wrongJsonIsRefused() {
        for (String bad : List.of(
                "",
                "{",
                "[]",
                "null",
                "{} {}",
                "{\"id\":1}",
                "{\"id\":\"sha256:00!out\",\"outPath\":\"x\"}",
                "{\"key\":{},\"value\":{}}",
                "{\"a\":1,\"a\":2}",
                "[".repeat(100_000))) {
            assertThrows(FormatException.class, () -> Realisation.parse(bad), bad.length() > 99 ? "deep" : bad);
        }
        var good = Golden.json("path-info/json-3/impure.json");
        for (String edit : List.of(
                "\"version\":4",
                "\"version\":0",
                "\"version\":\"3\"",
                "\"narSize\":-1",
                "\"narSize\":1.5",
                "\"narSize\":9223372036854775808",
                "\"narHash\":null",
                "\"references\":{}",
                "\"storeDir\":null",
                "\"registrationTime\":9223372036854775807",
                "\"ultimate\":1")) {
            var json = good.deepCopy();
            ((ObjectNode) json).setAll((ObjectNode) Json.parse("{" + edit + "}"));
            assertThrows(FormatException.class, () -> PathInfoJson.read(StoreDir.DEFAULT, PATH, json), edit);
        }
    }
}
