package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.Substituters;
import dev.berth.testing.RealNix;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What caches keep beside paths: realisations, logs, links to debugging information. */
final class CacheExtrasTest {
    private static final DrvOutput.ByHash BY_HASH =
            DrvOutput.parseByHash("sha256:0000000000000000000000000000000000000000000000000000000000000001!out");
    private static final StorePath DRV = new StorePath("00000000000000000000000000000000-thing.drv");
    private static final DrvOutput.ByPath BY_PATH = new DrvOutput.ByPath(DRV, "dev");

    @TempDir
    private Path directory;

    private BinaryCache open(String uri) {
        return (BinaryCache) Stores.open(uri, StoreSettings.DEFAULT);
    }

    private String uri(String name) {
        return "file://" + directory.resolve(name);
    }

    @Test
    void keepsRealisationsOfBothGenerations() throws IOException {
        SecretKey one = SecretKey.generate("one");
        SecretKey two = SecretKey.generate("two");
        try (BinaryCache cache = open(uri("cache"))) {
            for (DrvOutput id : List.of(BY_HASH, BY_PATH)) {
                Realisation unsigned = Realisation.of(id, Samples.path("out", 1));
                assertThat(cache.realisations().find(id)).isEmpty();
                cache.realisations().add(unsigned.signed(one));
                cache.realisations().add(unsigned.signed(two));
                assertThat(cache.realisations().find(id))
                        .contains(unsigned.signed(one).signed(two));
                Realisation other = Realisation.of(id, Samples.path("out", 2));
                cache.realisations().add(other);
                assertThat(cache.realisations().find(id))
                        .as("as Nix, the last one counts")
                        .contains(other);
            }
        }
        assertThat(directory.resolve("cache/realisations/" + BY_HASH.print() + ".doi"))
                .exists();
        assertThat(directory.resolve("cache/build-trace-v2/" + DRV + "/dev.doi"))
                .hasContent("{\"outPath\":\"" + Samples.path("out", 2) + "\",\"signatures\":[]}");
    }

    @Test
    void refusesRealisationsOfOtherOutputs() throws IOException {
        try (BinaryCache cache = open(uri("cache"))) {
            cache.realisations().add(Realisation.of(BY_HASH, Samples.path("out", 1)));
            DrvOutput.ByHash other = new DrvOutput.ByHash(BY_HASH.drvHash(), "dev");
            Files.copy(
                    directory.resolve("cache").resolve(CacheRealisations.file(BY_HASH)),
                    directory.resolve("cache").resolve(CacheRealisations.file(other)));
            assertThatThrownBy(() -> cache.realisations().find(other))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.CORRUPT))
                    .hasMessageContaining("another output");
            Files.writeString(directory.resolve("cache").resolve(CacheRealisations.file(other)), "{");
            assertThatThrownBy(() -> cache.realisations().find(other)).isInstanceOf(StoreException.class);
            cache.realisations().add(Realisation.of(other, Samples.path("out", 1)));
            assertThat(cache.realisations().find(other)).isPresent();
        }
    }

    @Test
    void substitutersAreBelievedOnlyWhatTrustedKeysSign() {
        SecretKey good = SecretKey.generate("good");
        try (BinaryCache cache = open(uri("cache"))) {
            cache.realisations()
                    .add(Realisation.of(BY_HASH, Samples.path("out", 1)).signed(SecretKey.generate("evil")));
        }
        try (BinaryCache cache = open(uri("second"))) {
            cache.realisations()
                    .add(Realisation.of(BY_HASH, Samples.path("out", 2)).signed(good));
        }
        try (Substituters all = Substituters.open(
                List.of(uri("cache") + "?priority=1", uri("second") + "?priority=2"),
                List.of(good.publicKey()),
                StoreSettings.DEFAULT)) {
            assertThat(all.realisation(BY_HASH, true, _ -> {}).map(Realisation::outPath))
                    .contains(Samples.path("out", 2));
            assertThat(all.realisation(BY_HASH, false, _ -> {}).map(Realisation::outPath))
                    .contains(Samples.path("out", 1));
            assertThat(all.realisation(BY_PATH, false, _ -> {})).isEmpty();
        }
    }

    @Test
    void keepsLogs() throws IOException {
        try (BinaryCache cache = open(uri("cache"))) {
            assertThat(cache.logs().open(DRV)).isEmpty();
            cache.logs().add(DRV, new ByteArrayInputStream("it went well\n".getBytes(StandardCharsets.UTF_8)));
            try (InputStream log = cache.logs().open(DRV).orElseThrow()) {
                assertThat(log.readAllBytes()).asString().isEqualTo("it went well\n");
            }
            assertThatThrownBy(() -> cache.logs().add(Samples.path("x", 1), InputStream.nullInputStream()))
                    .hasMessageContaining("no derivation");
        }
    }

    @Test
    void linksToDebuggingInformation() throws IOException {
        String id = "0123456789012345678901234567890123456a";
        NarSource tree = sink -> {
            sink.startDirectory();
            sink.entry(bytes("lib"));
            sink.startDirectory();
            sink.entry(bytes("debug"));
            sink.startDirectory();
            sink.entry(bytes(".build-id"));
            sink.startDirectory();
            sink.entry(bytes("AB")); // no such directory: capitals
            file(sink, id + ".debug", false);
            sink.entry(bytes("ab"));
            file(sink, id + ".debug", true);
            sink.endDirectory();
            sink.endDirectory();
            sink.endDirectory();
            sink.endDirectory();
        };
        PathInfo info = Samples.info(Samples.path("debug", 1), tree);
        try (BinaryCache cache = open(uri("cache") + "?index-debug-info=true&compression=none")) {
            cache.add(info, tree);
        }
        try (Stream<Path> files = Files.list(directory.resolve("cache/debuginfo"))) {
            assertThat(files).containsExactly(directory.resolve("cache/debuginfo/ab" + id + ".debug"));
        }
        assertThat(Files.readString(directory.resolve("cache/debuginfo/ab" + id + ".debug")))
                .isEqualTo("{\"archive\":\"../nar/" + info.narHash().toNix32().substring("sha256:".length())
                        + ".nar\",\"member\":\"lib/debug/.build-id/ab/" + id + ".debug\"}");
    }

    private static void file(dev.berth.nix.nar.NarSink sink, String name, boolean link) throws IOException {
        sink.startDirectory();
        sink.entry(bytes(name));
        sink.startFile(false, 2);
        sink.contents(bytes("xy"), 0, 2);
        sink.endFile();
        if (link) {
            sink.entry(bytes("z" + name.substring(1)));
            sink.symlink(bytes(name));
        }
        sink.endDirectory();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void realNixAndBerthReadEachOthersRealisations() throws IOException {
        RealNix nix = new RealNix(directory);
        Path expression = Files.writeString(directory.resolve("ca.nix"), """
                let
                  ca = name: script: derivation {
                    inherit name;
                    system = builtins.currentSystem;
                    builder = "/bin/sh";
                    args = [ "-c" script ];
                    __contentAddressed = true;
                    outputHashMode = "recursive";
                    outputHashAlgo = "sha256";
                  };
                in ca "top" "echo ${ca "base" "echo base > $out"} > $out"
                """);
        nix.build("import " + expression);
        nix.command("nix", "copy", "--to", uri("nix"), "--file", expression.toString())
                .succeed();
        try (BinaryCache theirs = open(uri("nix"));
                BinaryCache ours = open(uri("ours") + "?compression=zstd");
                Stream<Path> files = Files.list(directory.resolve("nix/realisations"))) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(2);
            try (Stream<StorePath> paths = theirs.allPaths().orElseThrow()) {
                dev.berth.store.ClosureCopy.copy(
                        theirs,
                        ours,
                        paths.toList(),
                        dev.berth.store.ClosureCopy.Options.TRUSTED,
                        dev.berth.store.CopyProgress.NONE);
            }
            for (Path file : all) {
                String name = String.valueOf(file.getFileName());
                DrvOutput id = DrvOutput.parseByHash(name.substring(0, name.length() - ".doi".length()));
                ours.realisations().add(theirs.realisations().find(id).orElseThrow());
                assertThat(directory.resolve("ours/realisations").resolve(name)).hasSameTextualContentAs(file);
            }
        }
        try (FaultyServer server = new FaultyServer(directory.resolve("ours"))) {
            for (String from : List.of(uri("ours"), server.uri())) {
                Path place = Files.createTempDirectory(directory, "other");
                RealNix other = new RealNix(place);
                String built = other.output(
                        "nix-build",
                        "--no-out-link",
                        expression.toString(),
                        "-j0",
                        "--option",
                        "substituters",
                        from,
                        "--option",
                        "require-sigs",
                        "false");
                assertThat(Files.readString(other.real(built))).contains("-base");
                other.verifies(other.uri());
            }
        }
    }
}
