package dev.berth.nix;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The formats against what the real Nix says and writes. */
class RealNixTest {
    private static final StoreDir DIR = StoreDir.DEFAULT;

    private static final String EXPRESSION = """
            let
              drv = attrs: derivation ({ system = "x86_64-linux"; builder = "/bin/sh"; } // attrs);
              source = builtins.path { path = ./tree; name = "tree"; filter = p: t: baseNameOf p != "left-out"; };
              whole = ./tree;
              text = builtins.toFile "text" "refers to ${source}\\n";
              flat = drv {
                name = "flat.tar.gz"; url = "http://example.org/x"; outputHashMode = "flat";
                outputHashAlgo = "sha256"; outputHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
              };
              sha1 = drv {
                name = "old"; outputHashMode = "recursive";
                outputHashAlgo = "sha1"; outputHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
              };
              sri = drv {
                name = "sri"; outputHashMode = "recursive";
                outputHash = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
              };
              many = drv {
                name = "many"; outputs = [ "dev" "out" "doc" ]; args = [ "-c" "echo \\"$out\\"\\t\\\\ ${text} äöü ${flat}" ];
                whole = "${whole}"; inherit sha1 sri; empty = ""; nl = "a\\nb\\rc\\td"; self = placeholder "dev";
              };
              structured = drv {
                name = "structured"; __structuredAttrs = true; outputs = [ "out" "bin" ];
                list = [ 1 2.5 true null "x\\u0001\\"" { a.b = many.doc; } ]; deps = [ many ];
              };
              floating = drv { name = "floating"; __contentAddressed = true; outputHashMode = "recursive";
                outputHashAlgo = "sha256"; outputs = [ "out" "lib" ]; input = many.dev; };
              deferred = drv { name = "deferred"; input = floating.lib; other = structured; };
              floating2 = drv { name = "floating2"; __contentAddressed = true; outputHashMode = "flat";
                outputHashAlgo = "sha1"; input = floating; };
            in
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private RealNix nix;

    @BeforeEach
    void nix() {
        nix = new RealNix(directory);
    }

    private Derivation read(StorePath path) {
        try {
            return Derivation.parse(DIR, Derivation.nameOf(path), Files.readAllBytes(nix.real(DIR.print(path))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void derivationsOfNixHaveThePathsThatWeCompute() throws IOException {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.writeString(tree.resolve("file"), "content");
        Files.writeString(tree.resolve("left-out"), "not this");
        Files.writeString(directory.resolve("all.nix"), EXPRESSION + "[ many structured floating deferred floating2 ]");
        List<String> roots = nix.output(
                        "nix-instantiate", directory.resolve("all.nix").toString())
                .lines()
                .map(line -> line.replaceAll("!.*", ""))
                .toList();
        assertEquals(5, roots.size());

        Deque<StorePath> open = new ArrayDeque<>();
        roots.forEach(root -> open.add(DIR.parse(root)));
        Set<StorePath> seen = new HashSet<>();
        DerivationPaths paths = new DerivationPaths(DIR, this::read);
        Map<DerivationType, Integer> types = new TreeMap<>();
        while (!open.isEmpty()) {
            StorePath path = open.pop();
            if (!seen.add(path)) {
                continue;
            }
            byte[] content = Files.readAllBytes(nix.real(DIR.print(path)));
            Derivation derivation = read(path);
            assertArrayEquals(content, derivation.print(DIR), path::toString);
            assertEquals(path, derivation.storePath(DIR));
            // The list and the deferred one depend on floating outputs, so that nothing is known of theirs.
            assertEquals(
                    derivation.type().hasKnownOutputPaths(),
                    paths.outputPaths(derivation).isPresent(),
                    path::toString);
            paths.outputPaths(derivation)
                    .ifPresent(computed -> assertEquals(derivation.knownOutputPaths(DIR), computed, path::toString));
            paths.check(derivation);
            assertEquals(derivation, paths.fillIn(derivation));
            assertEquals(derivation, DerivationJson.read(DerivationJson.write(derivation)));
            types.merge(derivation.type(), 1, Integer::sum);
            open.addAll(derivation.inputDerivations().keySet());
        }
        assertEquals(
                Map.of(
                        DerivationType.INPUT_ADDRESSED, 2,
                        DerivationType.FIXED, 3,
                        DerivationType.FLOATING, 2,
                        DerivationType.DEFERRED, 1),
                types);
    }

    @Test
    void placeholdersInDerivationsAreThoseOfNix() throws IOException {
        Files.createDirectory(directory.resolve("tree"));
        Files.writeString(directory.resolve("all.nix"), EXPRESSION + "floating2");
        StorePath path = DIR.parse(
                nix.output("nix-instantiate", directory.resolve("all.nix").toString()));
        Derivation floating2 = read(path);
        var inputs = DerivationResolution.inputs(floating2);
        assertEquals(1, inputs.size());
        assertEquals(Placeholders.of(inputs.getFirst()), floating2.env().get("input"));
        assertEquals(Placeholders.ofOutput("out"), floating2.env().get("out"));
    }

    @Test
    void builtRealisationsOfNixAreReadAndVerified() throws IOException {
        Files.writeString(directory.resolve("ca.nix"), """
                let drv = attrs: derivation ({ system = "x86_64-linux"; builder = "/bin/sh"; __contentAddressed = true;
                  outputHashMode = "recursive"; outputHashAlgo = "sha256"; } // attrs); in
                drv { name = "two"; args = [ "-c" "read x < $one; echo $x two > $out" ];
                  one = drv { name = "one"; args = [ "-c" "echo one > $out" ]; }; }
                """);
        String secret = nix.output("nix", "key", "generate-secret", "--key-name", "real-1");
        Path keyFile = Files.writeString(directory.resolve("secret"), secret);
        SecretKey key = SecretKey.parse(secret);
        Path cache = directory.resolve("cache");
        String out = nix.build("import " + directory.resolve("ca.nix")).getFirst();
        StorePath drvPath = DIR.parse(
                nix.output("nix-instantiate", directory.resolve("ca.nix").toString()));
        nix.output("nix", "store", "sign", "--recursive", "--key-file", keyFile.toString(), out);
        nix.output(
                "nix",
                "copy",
                "--no-check-sigs",
                "--to",
                "file://" + cache + "?secret-key=" + keyFile + "&compression=none",
                "--file",
                directory.resolve("ca.nix").toString());

        Derivation derivation = read(drvPath);
        DerivationPaths paths = new DerivationPaths(DIR, this::read);
        Hash modulo = requireNonNull(paths.modulo(derivation).hashes().get("out"));
        DrvOutput.ByHash id = new DrvOutput.ByHash(modulo, "out");
        Map<String, Realisation> files = new HashMap<>();
        try (var all = Files.newDirectoryStream(cache.resolve("realisations"))) {
            for (Path file : all) {
                String text = Files.readString(file);
                Realisation realisation = Realisation.parse(text);
                files.put(file.getFileName().toString(), realisation);
                assertEquals(text.strip(), realisation.print());
            }
        }
        Realisation ours = requireNonNull(files.get(id.print() + ".doi"), files::toString);
        assertEquals(id, ours.id());
        assertEquals(out, DIR.print(ours.outPath()));

        // The resolved derivation is one that Nix made and built.
        var first = DerivationResolution.inputs(derivation).getFirst();
        StorePath one = DIR.parse(
                nix.build("(import " + directory.resolve("ca.nix") + ").one").getFirst());
        Derivation resolved = DerivationResolution.resolve(
                        DIR, derivation, input -> input.equals(first) ? Optional.of(one) : Optional.empty())
                .orElseThrow();
        assertTrue(Files.exists(nix.real(DIR.print(resolved.storePath(DIR)))), resolved::toString);

        NarInfo narInfo =
                NarInfo.parse(DIR, Files.readString(cache.resolve(ours.outPath().hashPart() + ".narinfo")), "real");
        assertEquals(Files.readString(cache.resolve(ours.outPath().hashPart() + ".narinfo")), narInfo.print(DIR));
        assertTrue(narInfo.info().isContentAddressed(DIR));
        assertEquals(List.of(key.publicKey()), narInfo.info().signers(DIR, List.of(key.publicKey())));
    }

    @Test
    void keysAndSignaturesGoBothWays() throws IOException {
        String secret = nix.output("nix", "key", "generate-secret", "--key-name", "real-1");
        Path secretFile = Files.writeString(directory.resolve("secret"), secret + "\n");
        SecretKey theirs = SecretKey.parse(Files.readString(secretFile));
        assertEquals(secret, theirs.print());
        SecretKey ours = SecretKey.generate("ours-1");
        Path ourFile = Files.writeString(directory.resolve("ours"), ours.print());
        for (Map.Entry<SecretKey, Path> each :
                Map.of(theirs, secretFile, ours, ourFile).entrySet()) {
            String converted = new Command(
                            List.of("sh", "-c", "nix key convert-secret-to-public < " + each.getValue()),
                            nix.command("true").environment())
                    .succeed()
                    .stdout()
                    .strip();
            assertEquals(each.getKey().publicKey(), PublicKey.parse(converted));
        }

        Path file = Files.writeString(directory.resolve("file"), "content");
        String text = nix.add(file);
        nix.output("nix", "store", "sign", "--key-file", secretFile.toString(), text);
        nix.output("nix", "store", "sign", "--key-file", ourFile.toString(), text);
        var all = Json.parse(nix.output("nix", "path-info", "--json", text)).get(0);
        PathInfo info = new PathInfo(
                DIR.parse(text),
                Hash.parse(Json.string(Json.member(all, "narHash"))),
                Json.unsigned(Json.member(all, "narSize")),
                new TreeSet<>(),
                Optional.empty(),
                Instant.EPOCH,
                false,
                new TreeSet<>(Json.list(Json.member(all, "signatures"), Json::signature)),
                Optional.of(ContentAddress.parse(Json.string(Json.member(all, "ca")))));
        List<PublicKey> keys = List.of(theirs.publicKey(), ours.publicKey());
        assertEquals(keys, info.signers(DIR, keys));
        // Ed25519 signatures are a function of key and text: ours are the very same.
        PathInfo again =
                info.replacingSignatures(new TreeSet<>()).signed(DIR, theirs).signed(DIR, ours);
        assertEquals(info.signatures(), again.signatures());
        assertTrue(info.isContentAddressed(DIR));

        // A cache whose narinfo we signed is trusted by Nix for our key.
        String target = "file://" + directory.resolve("cache");
        nix.output("nix", "copy", "--to", target, text);
        Path narInfoFile = directory.resolve("cache").resolve(info.path().hashPart() + ".narinfo");
        NarInfo copied = NarInfo.parse(DIR, Files.readString(narInfoFile), "real");
        assertEquals(Files.readString(narInfoFile), copied.print(DIR));
        PathInfo unsigned = copied.info().withCa(Optional.empty()).replacingSignatures(new TreeSet<>());
        Files.writeString(
                narInfoFile, copied.withInfo(unsigned.signed(DIR, ours)).print(DIR));
        RealNix other = new RealNix(Files.createDirectory(directory.resolve("other")));
        var refused = other.command(
                        "nix",
                        "copy",
                        "--from",
                        target,
                        text,
                        "--option",
                        "trusted-public-keys",
                        theirs.publicKey().print())
                .run();
        assertTrue(refused.exitCode() != 0 && refused.stderr().contains("signature"), refused.stderr());
        other.output(
                "nix",
                "copy",
                "--from",
                target,
                text,
                "--option",
                "trusted-public-keys",
                ours.publicKey().print());
        assertTrue(Files.exists(other.real(text)));
    }

    @Test
    void hashesAreWrittenAsNixWritesThem() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "content");
        byte[] content = "content".getBytes(StandardCharsets.UTF_8);
        for (HashAlgorithm algorithm :
                List.of(HashAlgorithm.MD5, HashAlgorithm.SHA1, HashAlgorithm.SHA256, HashAlgorithm.SHA512)) {
            var digest = algorithm.newDigest();
            digest.update(content);
            Hash hash = Hash.of(algorithm, digest);
            for (Map.Entry<String, HashFormat> format : Map.of(
                            "--base16", HashFormat.BASE16,
                            "--base32", HashFormat.NIX32,
                            "--base64", HashFormat.BASE64,
                            "--sri", HashFormat.SRI)
                    .entrySet()) {
                String said =
                        nix.output("nix", "hash", "file", format.getKey(), "--type", algorithm.text(), file.toString());
                assertEquals(said, hash.format(format.getValue(), false));
                assertEquals(hash, Hash.parse(said, algorithm));
            }
        }
    }

    @Test
    void addedPathsAreWhereWeComputeThem() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "content");
        for (String algorithm : List.of("sha1", "sha256", "md5", "sha512")) {
            String path = nix.output("nix-store", "--add-fixed", algorithm, file.toString());
            var digest = HashAlgorithm.parse(algorithm).newDigest();
            digest.update("content".getBytes(StandardCharsets.UTF_8));
            ContentAddress address =
                    new ContentAddress(ContentAddressMethod.FLAT, Hash.of(HashAlgorithm.parse(algorithm), digest));
            assertEquals(DIR.parse(path), StorePaths.ofContentAddress(DIR, "file", address, List.of(), false));
            String recursive = nix.output("nix-store", "--add-fixed", "--recursive", algorithm, file.toString());
            String hash = nix.output("nix", "hash", "path", "--base32", "--type", algorithm, file.toString());
            ContentAddress nar =
                    new ContentAddress(ContentAddressMethod.NAR, Hash.parse(hash, HashAlgorithm.parse(algorithm)));
            assertEquals(DIR.parse(recursive), StorePaths.ofContentAddress(DIR, "file", nar, List.of(), false));
        }
    }
}
