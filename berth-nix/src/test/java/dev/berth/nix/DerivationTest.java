package dev.berth.nix;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Golden derivations, but their options. */
class DerivationTest {
    private static final StoreDir DIR = StoreDir.DEFAULT;

    private static Derivation parse(String name, String text) {
        return Derivation.parse(DIR, name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Derivation json(String name) {
        return DerivationJson.read(Golden.json("derivation/" + name + ".json"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "simple-derivation",
                "dyn-dep-derivation",
                "hash-modulo/source-first",
                "hash-modulo/source-second",
                "hash-modulo/intermediate-first",
                "hash-modulo/intermediate-second",
                "hash-modulo/parent-split",
                "hash-modulo/parent-joined",
            })
    void goldenAtermsAndJsonAreTheSame(String name) {
        Derivation derivation = json(name);
        byte[] text = Golden.bytes("derivation/" + name + ".drv");
        assertEquals(derivation, Derivation.parse(DIR, derivation.name(), text));
        assertArrayEquals(text, derivation.print(DIR));
        assertEquals(
                Json.print(Golden.json("derivation/" + name + ".json")), Json.print(DerivationJson.write(derivation)));
    }

    @Test
    void goldenAdvancedAttributesComeBack() {
        int read = 0;
        for (String kind : List.of("ca", "ia")) {
            for (String name : Golden.names("derivation/" + kind, ".json")) {
                // The .drv files beside these are links into another folder of Nix's tests, which is not here.
                Derivation derivation = json(kind + "/" + name);
                assertEquals(
                        Json.print(Golden.json("derivation/" + kind + "/" + name + ".json")),
                        Json.print(DerivationJson.write(derivation)));
                assertEquals(derivation, Derivation.parse(DIR, derivation.name(), derivation.print(DIR)));
                assertEquals(
                        kind.equals("ca") ? DerivationType.FLOATING : DerivationType.INPUT_ADDRESSED,
                        derivation.type());
                read++;
            }
        }
        assertTrue(read >= 9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"firefox", "hello"})
    void goldenFilesOfNixpkgsComeBack(String name) {
        byte[] text = Golden.bytes("derivation/" + name + ".drv");
        Derivation derivation = Derivation.parse(DIR, name, text);
        // Their references were replaced by one hash, so that they are out of order.
        Derivation again = Derivation.parse(DIR, name, derivation.print(DIR));
        assertEquals(derivation, again);
        assertEquals(text.length, derivation.print(DIR).length);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bad-version | at byte | unknown version 'invalid-version'",
                "bad-old-version-dyn-deps | at byte | expected '['",
                "bad-ca-fixed-path | before byte | does not match its content address",
            })
    void goldenBadFilesAreRefused(String name, String where, String reason) {
        FormatException e = assertThrows(
                FormatException.class,
                () -> Derivation.parse(DIR, "fixed", Golden.bytes("derivation/" + name + ".drv")));
        String said = String.valueOf(e.getMessage());
        assertTrue(said.startsWith("derivation 'fixed' is malformed ") && said.contains(reason), said);
    }

    @Test
    void goldenOutputsComeBack() {
        Map<String, DerivationOutput> expected = new TreeMap<>();
        Hash hash = Hash.parse("sha256-iUUXyRY8iW7DGirb0zwGgf1fRbLA7wimTJKgP7l/OQ8=");
        expected.put("caFixedFlat", new DerivationOutput.Fixed(new ContentAddress(ContentAddressMethod.FLAT, hash)));
        expected.put("caFixedNAR", new DerivationOutput.Fixed(new ContentAddress(ContentAddressMethod.NAR, hash)));
        expected.put("caFixedText", new DerivationOutput.Fixed(new ContentAddress(ContentAddressMethod.TEXT, hash)));
        expected.put("caFloating", new DerivationOutput.Floating(ContentAddressMethod.NAR, HashAlgorithm.SHA256));
        expected.put("deferred", new DerivationOutput.Deferred());
        expected.put("impure", new DerivationOutput.Impure(ContentAddressMethod.NAR, HashAlgorithm.SHA256));
        expected.put(
                "inputAddressed",
                new DerivationOutput.InputAddressed(
                        new StorePath("c015dhfh5l0lp6wxyvdn7bmwhbbr6hr9-drv-name-output-name")));
        for (var entry : expected.entrySet()) {
            var json = Golden.json("derivation/output-" + entry.getKey() + ".json");
            assertEquals(entry.getValue(), DerivationJson.readOutput(json));
            assertEquals(Json.print(json), Json.print(DerivationJson.write(entry.getValue())));
        }
        assertThrows(FormatException.class, () -> DerivationJson.readOutput(Json.parse("{\"method\":\"nar\"}")));
    }

    @Test
    void goldenHashesModuloAreThoseOfNix() {
        Map<StorePath, Derivation> store = new HashMap<>();
        for (String name : Golden.names("derivation/hash-modulo", ".json")) {
            Derivation derivation = json("hash-modulo/" + name);
            store.put(derivation.storePath(DIR), derivation);
        }
        assertEquals(6, store.size());
        DerivationPaths paths = new DerivationPaths(DIR, path -> requireNonNull(store.get(path), path::toString));
        for (String name : Golden.names("derivation/hash-modulo", "-modulo.drv")) {
            Derivation derivation = json("hash-modulo/" + name);
            Hash expected = Hash.sha256(Golden.bytes("derivation/hash-modulo/" + name + "-modulo.drv"));
            var modulo = paths.modulo(derivation);
            assertFalse(modulo.deferred());
            modulo.hashes().forEach((output, hash) -> assertEquals(expected, hash, name + " " + output));
        }
        for (String name : List.of("first", "second")) {
            Derivation source = json("hash-modulo/source-" + name);
            assertEquals(source, paths.fillIn(source));
            // Nix filled this one in when it had no variables.
            Derivation intermediate = json("hash-modulo/intermediate-" + name);
            Map<String, DerivationOutput> open =
                    Map.of("dev", new DerivationOutput.Deferred(), "out", new DerivationOutput.Deferred());
            assertEquals(intermediate, paths.fillIn(intermediate.with(open, Map.of())));
        }
        Derivation parent = json("hash-modulo/parent-split");
        assertEquals(paths.outputPaths(json("hash-modulo/parent-joined")), paths.outputPaths(parent));
        assertEquals(DerivationType.INPUT_ADDRESSED, paths.fillIn(parent).type());
    }

    @Test
    void goldenInvariantsHold() {
        Derivation dependency = new Derivation(
                "dependency",
                new TreeMap<>(
                        Map.of("out", new DerivationOutput.Floating(ContentAddressMethod.NAR, HashAlgorithm.SHA256))),
                new TreeSet<>(),
                new TreeMap<>(),
                "x86_64-linux",
                "/bin/sh",
                List.of(),
                new TreeMap<>(Map.of("out", "")));
        Map<StorePath, Derivation> store = Map.of(dependency.storePath(DIR), dependency);
        DerivationPaths paths = new DerivationPaths(DIR, path -> requireNonNull(store.get(path), path::toString));
        for (String name : List.of("filled-in-deferred-empty-env-var", "filled-in-deferred-no-env-var")) {
            assertEquals(json("invariants/" + name + "-post"), paths.fillIn(json("invariants/" + name + "-pre")));
        }
        Derivation same = json("invariants/filled-in-idempotent");
        assertEquals(same, paths.fillIn(same));
        Derivation deferred = json("invariants/depends-on-drv-pre");
        assertEquals(deferred, paths.fillIn(deferred));
        // A wrong variable of an output left open is only warned of, and set right.
        Derivation corrected = paths.fillIn(json("invariants/bad-env-var"));
        paths.check(corrected);
        assertEquals(
                DIR.print(requireNonNull(corrected.knownOutputPaths(DIR).get("out"))),
                corrected.env().get("out"));
        for (String bad : List.of("bad-path", "bad-depends-on-drv-pre")) {
            assertThrows(FormatException.class, () -> paths.fillIn(json("invariants/" + bad)), bad);
            assertThrows(FormatException.class, () -> paths.check(json("invariants/" + bad)), bad);
        }
        Derivation wrongEnv = same.with(same.outputs(), Map.of("out", "/nix/store/x"));
        assertThrows(FormatException.class, () -> paths.check(wrongEnv));
    }

    @Test
    void goldenResolutions() {
        for (String name : List.of("with-inputs", "no-inputs", "export-ref-subpath")) {
            String after = name.startsWith("export") ? "-resolved" : "-after";
            Derivation resolved = resolve(name).orElseThrow();
            assertEquals(
                    Json.print(Golden.json("derivation/try-resolve/" + name + after + ".json")),
                    Json.print(DerivationJson.writeResolved(resolved)));
            assertEquals(json("try-resolve/" + name + after), resolved);
        }
        assertEquals(Optional.empty(), resolve("resolution-failure"));
        // This one has its structured attributes twice, which Nix refuses to write as well.
        assertThrows(FormatException.class, () -> json("try-resolve/export-ref-subpath-sa-before"));
    }

    private static Optional<Derivation> resolve(String name) {
        Map<SingleDerivedPath, StorePath> trace = new HashMap<>();
        for (var entry : Golden.json("derivation/try-resolve/" + name + "-buildTrace.json")) {
            trace.put(DerivedPathJson.readSingle(entry.get(0)), new StorePath(Json.string(entry.get(1))));
        }
        return DerivationResolution.resolve(
                DIR, json("try-resolve/" + name + "-before"), input -> Optional.ofNullable(trace.get(input)));
    }

    @Test
    void placeholdersOfDynamicDerivationsAreThoseOfNix() {
        // Of libstore-tests/downstream-placeholder.cc.
        var foo = SingleDerivedPath.of(new StorePath("g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo.drv"));
        assertEquals(
                "/0c6rn30q4frawknapgwq386zq358m8r6msvywcvc89n6m5p2dgbz",
                Placeholders.of(new SingleDerivedPath.Built(foo, "out")));
        var dyn = SingleDerivedPath.of(new StorePath("g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo.drv.drv"));
        assertEquals(
                "/0gn6agqxjyyalf0dpihgyf49xq5hqxgw100f0wydnj6yqrhqsb3w",
                Placeholders.of(new SingleDerivedPath.Built(new SingleDerivedPath.Built(dyn, "out"), "out")));
        assertEquals("/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9", Placeholders.ofOutput("out"));
    }

    @Test
    void bytesThatAreNoUtf8ComeBack() {
        byte[] text =
                "Derive([],[],[],\"s\",\"\u00ff\u00e9\u0000\",[],[(\"\u00c3\u00a9\",\"\\\\\\\"\\n\\r\\t\u0080\")])"
                        .getBytes(StandardCharsets.ISO_8859_1);
        Derivation derivation = Derivation.parse(DIR, "x", text);
        assertArrayEquals(text, derivation.print(DIR));
        assertEquals(List.of("\u00e9"), new ArrayList<>(derivation.env().keySet()));
        assertEquals("\udcff\udce9\u0000", derivation.builder());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "D",
                "Derive([],[],[],\"s\",\"b\",[],[]",
                "Derive([],[],[],\"s\",\"b\",[],[]) ",
                "Derive([,],[],[],\"s\",\"b\",[],[])",
                "Derive([],[],[],\"s\",\"b\",[\"a\"\"b\"],[])",
                "Derive([],[],[],\"s\",\"b\",[\"a\",],[])",
                "Derive([],[],[],\"s\",\"b\",[\"a\\",
                "Derive([],[],[],\"s\",\"b\",[],[(\"a\",\"\"),(\"a\",\"\")])",
                "Derive([],[],[],\"s\\\"\",\"b\",[],[])",
                "Derive([(\"o\",\"\",\"\",\"\"),(\"o\",\"\",\"\",\"\")],[],[],\"s\",\"b\",[],[])",
                "Derive([(\"o/\",\"\",\"\",\"\")],[],[],\"s\",\"b\",[],[])",
                "Derive([(\"o\",\"\",\"\",\"00\")],[],[],\"s\",\"b\",[],[])",
                "Derive([(\"o\",\"\",\"r:sha255\",\"\")],[],[],\"s\",\"b\",[],[])",
                "Derive([(\"o\",\"/x\",\"r:sha256\",\"\")],[],[],\"s\",\"b\",[],[])",
                "Derive([(\"o\",\"/nix/store/\",\"\",\"\")],[],[],\"s\",\"b\",[],[])",
                "Derive([],[],[\"/nix/store/c015dhfh5l0lp6wxyvdn7bmwhbbr6hr9-a/b\"],\"s\",\"b\",[],[])",
                "Derive([],[(\"/nix/store/c015dhfh5l0lp6wxyvdn7bmwhbbr6hr9-a.drv\",[])],[],\"s\",\"b\",[],[])",
            })
    void malformedTextsAreRefusedWithThePosition(String text) {
        FormatException e = assertThrows(FormatException.class, () -> parse("x", text));
        assertTrue(String.valueOf(e.getMessage()).contains(" byte "), e::getMessage);
    }

    @Test
    void deepNestingIsRefused() {
        String deep = "([\"a\"],[(\"a\",".repeat(100_000);
        FormatException e = assertThrows(
                FormatException.class,
                () -> parse(
                        "x",
                        "DrvWithVersion(\"xp-dyn-drv\",[],[(\"/nix/store/c015dhfh5l0lp6wxyvdn7bmwhbbr6hr9-a.drv\","
                                + deep));
        assertTrue(String.valueOf(e.getMessage()).contains("nest deeper than"), e::getMessage);
    }

    @Test
    void typesDoNotMix() {
        var floating = new DerivationOutput.Floating(ContentAddressMethod.NAR, HashAlgorithm.SHA256);
        var sha1 = new DerivationOutput.Floating(ContentAddressMethod.NAR, HashAlgorithm.SHA1);
        var fixed = new DerivationOutput.Fixed(new ContentAddress(ContentAddressMethod.FLAT, Hash.sha256(new byte[0])));
        Derivation none = json("simple-derivation");
        for (Map<String, DerivationOutput> outputs : List.<Map<String, DerivationOutput>>of(
                Map.of(),
                Map.of("out", new DerivationOutput.Deferred(), "dev", floating),
                Map.of("out", floating, "dev", sha1),
                Map.of("dev", fixed),
                Map.of("out", fixed, "dev", fixed))) {
            assertThrows(
                    FormatException.class, () -> none.with(outputs, Map.of()).type(), outputs::toString);
        }
    }

    @Test
    void longChainsAndCyclesEnd() {
        Map<StorePath, Derivation> store = new HashMap<>();
        StorePath last = null;
        Derivation base = json("invariants/depends-on-drv-pre");
        for (int i = 0; i < 20_000; i++) {
            TreeMap<StorePath, InputOutputs> inputs = new TreeMap<>();
            if (last != null) {
                inputs.put(last, InputOutputs.of(Set.of("out")));
            }
            String hash = NixBase32.encode(Hash.sha256(("" + i).getBytes(StandardCharsets.UTF_8))
                    .folded(20)
                    .bytes());
            StorePath path = new StorePath(hash + "-chain.drv");
            var out = new DerivationOutput.InputAddressed(new StorePath(hash + "-chain"));
            store.put(
                    path,
                    new Derivation(
                            "chain",
                            new TreeMap<>(Map.of("out", out)),
                            new TreeSet<>(),
                            inputs,
                            base.system(),
                            "/bin/sh",
                            List.of(),
                            new TreeMap<>()));
            last = path;
        }
        StorePath top = requireNonNull(last);
        DerivationPaths paths = new DerivationPaths(DIR, path -> requireNonNull(store.get(path)));
        assertFalse(paths.modulo(requireNonNull(store.get(top))).deferred());

        StorePath loop = new StorePath("c015dhfh5l0lp6wxyvdn7bmwhbbr6hr9-loop.drv");
        TreeMap<StorePath, InputOutputs> itself = new TreeMap<>(Map.of(loop, InputOutputs.of(Set.of("out"))));
        Derivation looping = new Derivation(
                "loop", base.outputs(), new TreeSet<>(), itself, "s", "/bin/sh", List.of(), new TreeMap<>());
        DerivationPaths cyclic = new DerivationPaths(DIR, path -> looping);
        FormatException e = assertThrows(FormatException.class, () -> cyclic.modulo(looping));
        assertTrue(String.valueOf(e.getMessage()).contains("input of itself"), e::getMessage);
    }
}
