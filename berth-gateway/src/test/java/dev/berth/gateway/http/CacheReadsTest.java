package dev.berth.gateway.http;

import static dev.berth.gateway.http.CacheFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.NarInfo;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarListingWriter;
import dev.berth.nix.nar.NarSource;
import dev.berth.testing.Seed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each file of a cache, its headers, and what there is not. */
final class CacheReadsTest {
    private static final NarSource TREE = CacheFixture.tree(300_000);
    private static final String ABSENT = "00000000000000000000000000000000";

    @TempDir
    private Path directory;

    private CacheFixture cache;
    private PathInfo info;
    private byte[] nar;
    private String url;

    CacheReadsTest() throws IOException {
        info = CacheFixture.info("tree", TREE, List.of());
        nar = CacheFixture.nar(TREE);
        url = "/" + Target.narUrl(info);
    }

    @BeforeEach
    void fill() throws IOException {
        cache = CacheFixture.open(directory);
        cache.content.add(info, TREE);
    }

    @AfterEach
    void close() {
        cache.close();
    }

    private String narInfo() {
        return "/" + info.path().hashPart() + ".narinfo";
    }

    @Test
    void saysWhatItIs() throws IOException {
        Asked said = cache.ask().get("/nix-cache-info");
        assertThat(said.status()).isEqualTo(200);
        assertThat(said.text()).isEqualTo("StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 30\n");
        assertThat(cache.ask().get("/pubkey").text())
                .isEqualTo(CacheFixture.OWN.publicKey().print() + "\n");
        Asked page = cache.ask().get("/");
        assertThat(page.header("content-type")).isEqualTo("text/html; charset=utf-8");
        assertThat(page.text())
                .contains("extra-substituters = http://cache.example:8080\n")
                .contains("extra-trusted-public-keys = "
                        + CacheFixture.OWN.publicKey().print());
        assertThat(cache.ask().header("host", "<script>x</script>").get("/").text())
                .doesNotContain("<script>")
                .contains("http://THIS-HOST");
    }

    @Test
    void signsNarInfosAndKeepsTheirSignatures() throws IOException {
        Asked first = cache.ask().get(narInfo());
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.header("content-type")).isEqualTo("text/x-nix-narinfo");
        NarInfo read = NarInfo.parse(StoreDir.DEFAULT, first.text(), "the answer");
        assertThat(read.url()).isEqualTo(url.substring(1));
        assertThat(read.compression()).isEqualTo("none");
        assertThat(read.fileSize()).hasValue(nar.length);
        assertThat(read.info().narHash()).isEqualTo(info.narHash());
        assertThat(read.info()
                        .signers(
                                StoreDir.DEFAULT,
                                List.of(CacheFixture.OWN.publicKey(), CacheFixture.AUTHOR.publicKey())))
                .hasSize(2);
        assertThat(cache.used).containsExactly(info.path());
        cache.used.clear();
        Asked again = cache.ask().quickly(narInfo());
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(cache.used).containsExactly(info.path());
    }

    @Test
    void knowsWhatIsAbsentUntilItIsAdded() throws IOException {
        PathInfo other = CacheFixture.info("other", TREE, List.of());
        String file = "/" + other.path().hashPart() + ".narinfo";
        assertThat(cache.ask().get(file).status()).isEqualTo(404);
        assertThat(cache.ask().head(file).status()).isEqualTo(404);
        for (String name : List.of(
                "/" + ABSENT + ".ls",
                "/nar/" + ABSENT + url.substring(url.indexOf('-')),
                "/nar/whatever.nar.xz",
                "/log/" + ABSENT + "-x.drv",
                "/debuginfo/0123456789abcdef",
                "/realisations/sha256:" + "0".repeat(64) + "!out.doi",
                "/build-trace-v2/" + ABSENT + "-x.drv/out.doi",
                "/somewhere/else",
                "/" + ABSENT + "x.narinfo")) {
            Asked answer = cache.ask().get(name);
            assertThat(answer.status()).as(name).isEqualTo(404);
            assertThat(answer.text()).as(name).endsWith("\n").hasSizeLessThan(100);
            assertThat(cache.ask().head(name).status()).as(name).isEqualTo(404);
        }
    }

    @Test
    void hasNoOtherMethods() throws IOException {
        for (String method : List.of("POST", "DELETE", "PUT", "OPTIONS", "get")) {
            Asked answer = cache.ask().ask(method, narInfo());
            assertThat(answer.status()).as(method).isEqualTo(405);
            assertThat(answer.header("allow")).isEqualTo("GET, HEAD");
        }
    }

    @Test
    void streamsNarsFromTheFiles() throws IOException {
        Asked whole = cache.ask().get(url);
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(nar);
        assertThat(whole.files()).isEqualTo(300_000);
        assertThat(whole.header("content-length")).isEqualTo(Integer.toString(nar.length));
        assertThat(whole.header("content-type")).isEqualTo("application/x-nix-nar");
        assertThat(whole.header("accept-ranges")).isEqualTo("bytes");
        assertThat(whole.header("vary")).isEqualTo("accept-encoding");
        assertThat(cache.used).containsExactly(info.path());
        Asked head = cache.ask().head(url);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.headers()).isEqualTo(whole.headers());
        assertThat(head.body()).isEmpty();
        // The name is of one content, and of no other path with it.
        String wrong = url.substring(0, url.length() - 5) + (url.charAt(url.length() - 5) == '0' ? "1" : "0") + ".nar";
        assertThat(cache.ask().get(wrong).status()).isEqualTo(404);
    }

    @Test
    void servesRanges() throws IOException {
        long seed = Seed.first();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            int from = random.nextInt(nar.length);
            int to = from + 1 + random.nextInt(nar.length - from);
            Asked part = cache.ask()
                    .header("range", "bytes=" + from + "-" + (to - 1))
                    .get(url);
            String as = "seed " + seed + ", range " + from + "-" + (to - 1);
            assertThat(part.status()).as(as).isEqualTo(206);
            assertThat(part.header("content-range"))
                    .as(as)
                    .isEqualTo("bytes " + from + "-" + (to - 1) + "/" + nar.length);
            assertThat(part.body()).as(as).isEqualTo(Arrays.copyOfRange(nar, from, to));
        }
        String tag = cache.ask().head(url).header("etag");
        Asked rest = cache.ask()
                .header("range", "bytes=1000-")
                .header("if-range", tag)
                .header("accept-encoding", "zstd")
                .get(url);
        assertThat(rest.body()).isEqualTo(Arrays.copyOfRange(nar, 1000, nar.length));
        assertThat(cache.ask().header("range", "bytes=-10").get(url).body())
                .isEqualTo(Arrays.copyOfRange(nar, nar.length - 10, nar.length));
        assertThat(cache.ask()
                        .header("range", "bytes=5-" + Long.MAX_VALUE / 100)
                        .get(url)
                        .status())
                .isEqualTo(206);
        for (String none : List.of("bytes=" + nar.length + "-", "bytes=-0", "bytes=999999999999-")) {
            Asked answer = cache.ask().header("range", none).get(url);
            assertThat(answer.status()).as(none).isEqualTo(416);
            assertThat(answer.header("content-range")).isEqualTo("bytes */" + nar.length);
        }
        for (String whole : List.of("bytes=5-4", "bytes=0-1,5-6", "lines=1-2", "bytes=", "bytes=-", "x")) {
            assertThat(cache.ask().header("range", whole).get(url).status())
                    .as(whole)
                    .isEqualTo(200);
        }
        assertThat(cache.ask()
                        .header("range", "bytes=5-9")
                        .header("if-range", "\"other\"")
                        .get(url)
                        .body())
                .isEqualTo(nar);
    }

    @Test
    void tellsThoseWhoHaveItThatNothingHasChanged() throws IOException {
        for (String file : List.of(narInfo(), url)) {
            String tag = cache.ask().get(file).header("etag");
            assertThat(tag).as(file).startsWith("\"").endsWith("\"");
            for (String known : List.of(tag, "\"other\", " + tag, "W/" + tag, "*")) {
                Asked unchanged = cache.ask().header("if-none-match", known).get(file);
                assertThat(unchanged.status()).as(known).isEqualTo(304);
                assertThat(unchanged.body()).as(known).isEmpty();
                assertThat(unchanged.header("etag")).as(known).isEqualTo(tag);
                assertThat(unchanged.header("content-type")).as(known).isEmpty();
                assertThat(cache.ask().header("if-none-match", known).head(file).status())
                        .as(known)
                        .isEqualTo(304);
            }
            assertThat(cache.ask()
                            .header("if-none-match", "\"other\"")
                            .get(file)
                            .status())
                    .isEqualTo(200);
        }
        String zstd = cache.ask().header("accept-encoding", "zstd").head(url).header("etag");
        assertThat(cache.ask().header("if-none-match", zstd).get(url).status()).isEqualTo(200);
        assertThat(cache.ask()
                        .header("if-none-match", "*")
                        .get("/" + ABSENT + ".narinfo")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void compressesForThoseWhoAcceptIt() throws IOException {
        Asked plain =
                cache.ask().header("accept-encoding", "br, gzip, zstd;q=0").get(url);
        assertThat(plain.header("content-encoding")).isEmpty();
        Asked compressed =
                cache.ask().header("accept-encoding", "gzip, zstd;q=0.5").get(url);
        assertThat(compressed.header("content-encoding")).isEqualTo("zstd");
        assertThat(compressed.header("vary")).isEqualTo("accept-encoding");
        assertThat(compressed.header("etag")).isNotEqualTo(plain.header("etag"));
        try (var in = new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(compressed.body()))) {
            assertThat(in.readAllBytes()).isEqualTo(nar);
        }
    }

    @Test
    void listsWithoutReading() throws IOException {
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        TREE.sendTo(new NarListingWriter(expected));
        Asked listing = cache.ask().get("/" + info.path().hashPart() + ".ls");
        assertThat(listing.header("content-type")).isEqualTo("application/json");
        assertThat(listing.text()).isEqualTo(expected.toString(StandardCharsets.UTF_8));
    }

    @Test
    void hasLogsAndDebugInformation() throws IOException {
        StorePath drv = new StorePath(ABSENT + "-x.drv");
        cache.content.addLog(drv, new ByteArrayInputStream(bytes("it was built\n")));
        Asked log = cache.ask().get("/log/" + drv);
        assertThat(log.text()).isEqualTo("it was built\n");
        assertThat(log.header("content-type")).isEqualTo("text/plain; charset=utf-8");

        String id = "c6d2f6a1b8c1b1d0e6a3c5f2a7b9d8e0f1a2b3c4";
        NarSource debug = sink -> {
            sink.startDirectory();
            for (String name : List.of("lib", "debug", ".build-id", id.substring(0, 2))) {
                sink.entry(bytes(name));
                sink.startDirectory();
            }
            sink.entry(bytes(id.substring(2) + ".debug"));
            CacheFixture.file(false, bytes("symbols")).sendTo(sink);
            for (int i = 0; i < 5; i++) {
                sink.endDirectory();
            }
        };
        PathInfo output = CacheFixture.info("x-debug", debug, List.of());
        cache.content.add(output, debug);
        for (String name : List.of("/debuginfo/" + id, "/debuginfo/" + id + ".debug")) {
            assertThat(cache.ask().get(name).text())
                    .isEqualTo("{\"archive\":\"../" + Target.narUrl(output) + "\",\"member\":\"lib/debug/.build-id/c6/"
                            + id.substring(2) + ".debug\"}");
        }
        assertThat(cache.ask().get("/debuginfo/" + "0".repeat(40)).status()).isEqualTo(404);
    }

    @Test
    void hasRealisationsOfBothGenerations() throws IOException {
        DrvOutput.ByHash byHash = new DrvOutput.ByHash(Hash.sha256(bytes("drv")), "out");
        cache.content.addRealisation(Realisation.of(byHash, info.path()));
        for (String id :
                List.of(byHash.print(), byHash.print().replace("!", "%21").replace(":", "%3A"))) {
            Realisation read = Realisation.parse(
                    cache.ask().get("/realisations/" + id + ".doi").text());
            assertThat(read.outPath()).isEqualTo(info.path());
            assertThat(read.signers(Set.of(CacheFixture.OWN.publicKey()))).hasSize(1);
        }
        DrvOutput.ByPath byPath = new DrvOutput.ByPath(new StorePath(ABSENT + "-x.drv"), "out");
        cache.content.addRealisation(Realisation.of(byPath, info.path()));
        String value = cache.ask()
                .get("/build-trace-v2/" + byPath.drvPath() + "/out.doi")
                .text();
        Realisation read = Realisation.parse(
                "{\"key\":{\"drvPath\":\"" + byPath.drvPath() + "\",\"outputName\":\"out\"},\"value\":" + value + "}");
        assertThat(read.outPath()).isEqualTo(info.path());
        assertThat(read.signers(Set.of(CacheFixture.OWN.publicKey()))).hasSize(1);
    }

    @Test
    void cutsOffWhatDoesNotMatchItsSize() throws IOException {
        Path file = directory
                .resolve("root/nix/store")
                .resolve(info.path().baseName())
                .resolve("z");
        Files.setPosixFilePermissions(file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        Files.write(file, bytes("changed"));
        for (String encoding : List.of("identity", "zstd")) {
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() ->
                            cache.ask().header("accept-encoding", encoding).get(url)))
                    .as(encoding)
                    .isInstanceOfAny(IOException.class, AssertionError.class);
        }
    }
}
