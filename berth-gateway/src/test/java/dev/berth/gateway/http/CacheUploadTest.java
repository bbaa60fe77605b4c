package dev.berth.gateway.http;

import static dev.berth.gateway.http.CacheFixture.READER;
import static dev.berth.gateway.http.CacheFixture.WRITER;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.berth.gateway.ServiceSettings;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** What clients upload, and who may. */
final class CacheUploadTest {
    private static final NarSource TREE = CacheFixture.tree(100_000);

    @TempDir
    private Path directory;

    private CacheFixture cache;

    @BeforeEach
    void open() throws IOException {
        open(CacheSettings.Uploads.SIGNED);
    }

    private void open(CacheSettings.Uploads uploads) throws IOException {
        cache = new CacheFixture(directory, ServiceSettings.DEFAULT, uploads, true);
    }

    @AfterEach
    void close() {
        cache.close();
    }

    private interface Encoder {
        OutputStream encode(OutputStream out) throws IOException;
    }

    private static byte[] encoded(byte[] bytes, Encoder encoder) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream encoding = encoder.encode(out)) {
            encoding.write(bytes);
        }
        return out.toByteArray();
    }

    private Asked.Of writer() {
        return cache.ask().token(WRITER);
    }

    private static String file(PathInfo info) {
        return "/" + info.path().hashPart() + ".narinfo";
    }

    private Asked upload(PathInfo info, byte[] nar, String compression) throws IOException {
        assertThat(writer().body(nar).ask("PUT", "/nar/some.nar").status()).isEqualTo(201);
        return writer().put(file(info), CacheFixture.narInfo(info, "nar/some.nar", compression));
    }

    private void assertAbsent(PathInfo info) throws IOException {
        assertThat(writer().get(file(info)).status()).isEqualTo(404);
        assertThat(cache.content.validPaths(List.of(info.path()))).isEmpty();
    }

    private long spooled() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("root/nix/var/nix/berth/uploads"))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().endsWith("lock"))
                    .count();
        }
    }

    @Test
    void takesEveryCompression() throws IOException {
        Map<String, Encoder> encoders = Map.of(
                "none", out -> out,
                "xz", out -> new XZOutputStream(out, new LZMA2Options(1)),
                "bzip2", BZip2CompressorOutputStream::new,
                "gzip", GZIPOutputStream::new,
                "zstd", ZstdOutputStreamNoFinalizer::new);
        for (var encoder : encoders.entrySet()) {
            PathInfo info = CacheFixture.info(encoder.getKey(), TREE, List.of());
            byte[] nar = encoded(CacheFixture.nar(TREE), encoder.getValue());
            // Known to be absent before: the answer must not be remembered.
            assertThat(writer().head(file(info)).status()).isEqualTo(404);
            assertThat(writer().head("/nar/" + encoder.getKey() + ".nar").status())
                    .isEqualTo(404);
            Asked uploaded = upload(info, nar, encoder.getKey());
            assertThat(uploaded.status()).as(uploaded.text()).isEqualTo(201);
            assertThat(writer().get(file(info)).status()).isEqualTo(200);
            assertThat(writer().get("/" + Target.narUrl(info)).body()).isEqualTo(CacheFixture.nar(TREE));
            assertThat(writer().put(file(info), CacheFixture.narInfo(info, "nar/some.nar", "none"))
                            .status())
                    .isEqualTo(200);
        }
        assertThat(cache.store.service().storeDir()).isEqualTo(StoreDir.DEFAULT);
    }

    @Test
    void showsNothingBeforeTheNarInfo() throws IOException {
        byte[] nar = CacheFixture.nar(TREE);
        assertThat(writer().body(nar).ask("PUT", "/nar/x.nar?hash=1").status()).isEqualTo(201);
        assertThat(cache.ask().token(READER).head("/nar/x.nar?hash=1").status()).isEqualTo(404);
        Asked head = writer().head("/nar/x.nar?hash=1");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("content-length")).isEqualTo(Integer.toString(nar.length));
        assertThat(writer().get("/nar/x.nar?hash=1").body()).isEqualTo(nar);
        assertThat(writer().head("/nar/x.nar").status()).isEqualTo(404);
        PathInfo info = CacheFixture.info("x", TREE, List.of());
        assertThat(writer().put(file(info), CacheFixture.narInfo(info, "nar/x.nar?hash=1", "none"))
                        .status())
                .isEqualTo(201);
        // Another path may have the same NAR, which its client then does not upload again.
        PathInfo same = CacheFixture.info("same", TREE, List.of());
        assertThat(writer().put(file(same), CacheFixture.narInfo(same, "nar/x.nar?hash=1", "none"))
                        .status())
                .isEqualTo(201);
        cache.close();
        assertThat(spooled()).isZero();
    }

    @Test
    void refusesWhatIsNotWhatItSays() throws IOException {
        byte[] nar = CacheFixture.nar(TREE);
        PathInfo info = CacheFixture.info("bad", TREE, List.of());
        byte[] changed = nar.clone();
        changed[changed.length / 2] ^= 1;
        assertThat(upload(info, changed, "none").status()).isEqualTo(422);
        assertAbsent(info);
        assertThat(upload(info, nar, "xz").status()).isEqualTo(422);
        assertThat(upload(info, java.util.Arrays.copyOf(nar, nar.length - 8), "none")
                        .status())
                .isEqualTo(422);
        assertThat(upload(info, java.util.Arrays.copyOf(nar, nar.length + 8), "none")
                        .status())
                .isEqualTo(422);
        assertThat(upload(info, nar, "unheard-of").status()).isEqualTo(422);
        assertAbsent(info);
        assertThat(writer().put(file(info), CacheFixture.narInfo(info, "nar/elsewhere.nar", "none"))
                        .text())
                .contains("nar/elsewhere.nar");
        for (String url : List.of("http://elsewhere/nar/x", "../nar/x", "nar/../x", "file:///etc/passwd", "nar/é")) {
            assertThat(writer().put(file(info), CacheFixture.narInfo(info, url, "none"))
                            .status())
                    .as(url)
                    .isEqualTo(422);
        }
        assertThat(writer().put(file(info), "not a narinfo").status()).isEqualTo(400);
        PathInfo other = CacheFixture.info("other", TREE, List.of());
        assertThat(writer().put(file(info), CacheFixture.narInfo(other, "nar/some.nar", "none"))
                        .status())
                .isEqualTo(422);
        PathInfo referrer = CacheFixture.info("referrer", TREE, List.of(info.path(), other.path()));
        Asked missing = upload(referrer, nar, "none");
        assertThat(missing.status()).isEqualTo(409);
        assertThat(missing.text()).contains(info.path().baseName(), other.path().baseName());
        assertAbsent(referrer);
        assertThat(upload(info, nar, "none").status()).isEqualTo(201);
        PathInfo differently = CacheFixture.info("bad", CacheFixture.tree(70_000), List.of());
        assertThat(upload(differently, CacheFixture.nar(CacheFixture.tree(70_000)), "none")
                        .status())
                .isEqualTo(409);
    }

    @Test
    void wantsTrustedSignaturesUnlessToldOtherwise() throws IOException {
        byte[] nar = CacheFixture.nar(TREE);
        PathInfo unsigned = CacheFixture.unsigned("unsigned", TREE, List.of());
        assertThat(upload(unsigned, nar, "none").text()).contains("not signed");
        PathInfo strange = unsigned.signed(StoreDir.DEFAULT, SecretKey.generate("stranger-1"));
        Asked refused = upload(strange, nar, "none");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text()).contains("stranger-1");
        assertAbsent(unsigned);
        PathInfo signed = unsigned.signed(StoreDir.DEFAULT, CacheFixture.AUTHOR);
        assertThat(upload(signed, nar, "none").status()).isEqualTo(201);
        // To what is there, trusted signatures are added, and no others.
        PathInfo both = signed.signed(StoreDir.DEFAULT, CacheFixture.OWN)
                .signed(StoreDir.DEFAULT, SecretKey.generate("stranger-1"));
        assertThat(writer().put(file(both), CacheFixture.narInfo(both, "nar/x", "none"))
                        .status())
                .isEqualTo(200);
        assertThat(cache.content.find(both.path().hashPart()).orElseThrow().signatures())
                .extracting(signature -> signature.keyName())
                .containsExactly("author-1", "own-1");

        DrvOutput.ByHash id = new DrvOutput.ByHash(Hash.sha256(nar), "out");
        Realisation realisation = Realisation.of(id, signed.path());
        String name = "/realisations/" + id.print() + ".doi";
        assertThat(writer().put(name, realisation.print()).status()).isEqualTo(403);
        assertThat(writer().put(name, realisation.signed(CacheFixture.AUTHOR).print())
                        .status())
                .isEqualTo(201);
        assertThat(writer().get(name).status()).isEqualTo(200);
    }

    @Test
    void takesAndSignsAllWhereToldTo() throws IOException {
        cache.close();
        open(CacheSettings.Uploads.ALL);
        PathInfo unsigned = CacheFixture.unsigned("unsigned", TREE, List.of());
        assertThat(upload(unsigned, CacheFixture.nar(TREE), "none").status()).isEqualTo(201);
        assertThat(writer().get(file(unsigned)).text()).contains("Sig: own-1:");
        DrvOutput.ByPath id = new DrvOutput.ByPath(new StorePath("00000000000000000000000000000000-x.drv"), "out");
        String name = "/build-trace-v2/" + id.drvPath() + "/out.doi";
        Realisation realisation = Realisation.of(id, unsigned.path());
        assertThat(writer().put(name, realisation.valueJson().toString()).status())
                .isEqualTo(201);
        assertThat(writer().get(name).text()).contains(unsigned.path().baseName());
        PathInfo nowhere = CacheFixture.info("nowhere", TREE, List.of());
        assertThat(writer().put(
                                name,
                                Realisation.of(id, nowhere.path()).valueJson().toString())
                        .status())
                .isEqualTo(409);
    }

    @Test
    void takesTheRestOfWhatNixUploads() throws IOException {
        assertThat(writer().put("/log/00000000000000000000000000000000-x.drv", "built")
                        .status())
                .isEqualTo(201);
        assertThat(writer().get("/log/00000000000000000000000000000000-x.drv").text())
                .isEqualTo("built");
        assertThat(writer().body(encoded(CacheFixture.bytes("more"), GZIPOutputStream::new))
                        .header("content-encoding", "gzip")
                        .ask("PUT", "/log/00000000000000000000000000000000-y.drv")
                        .status())
                .isEqualTo(201);
        assertThat(writer().get("/log/00000000000000000000000000000000-y.drv").text())
                .isEqualTo("more");
        assertThat(writer().header("content-encoding", "xz")
                        .put("/log/00000000000000000000000000000000-z.drv", "not xz")
                        .status())
                .isEqualTo(400);
        assertThat(writer().put("/00000000000000000000000000000000.ls", "{}").status())
                .isEqualTo(200);
        assertThat(writer().put("/debuginfo/0123456789abcdef", "{}").status()).isEqualTo(200);
        assertThat(writer().put("/nix-cache-info", "StoreDir: /nix/store\n").status())
                .isEqualTo(200);
        assertThat(writer().put("/", "x").status()).isEqualTo(405);
        assertThat(writer().put("/elsewhere", "x").status()).isEqualTo(404);
        assertThat(writer().header("content-encoding", "x")
                        .put("/log/00000000000000000000000000000000-z.drv", "x")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void knowsReadersAndWriters() throws IOException {
        String info = "/nix-cache-info";
        Asked nobody = cache.ask().get(info);
        assertThat(nobody.status()).isEqualTo(401);
        assertThat(nobody.header("www-authenticate")).startsWith("Basic realm=\"berth\"");
        assertThat(cache.ask().token("wrong").get(info).status()).isEqualTo(401);
        for (String token : List.of(READER, "somebody", WRITER)) {
            assertThat(cache.ask().token(token).get(info).status()).isEqualTo(200);
            assertThat(cache.ask().password(token).get(info).status()).isEqualTo(200);
        }
        for (String wrong : List.of("Basic !!!", "Basic " + READER, "Digest x", "Bearer", "Bearer  ", READER)) {
            assertThat(cache.ask().header("authorization", wrong).get(info).status())
                    .as(wrong)
                    .isEqualTo(401);
        }
        String log = "/log/00000000000000000000000000000000-x.drv";
        assertThat(cache.ask().put(log, "x").status()).isEqualTo(401);
        assertThat(cache.ask().token("wrong").put(log, "x").status()).isEqualTo(401);
        assertThat(cache.ask().token(READER).put(log, "x").status()).isEqualTo(403);
        assertThat(cache.ask().password(WRITER).put(log, "x").status()).isEqualTo(201);
    }

    @Test
    void readsTokensAgainWhenTheyChange() throws Exception {
        assertThat(cache.ask().token("new-token").get("/pubkey").status()).isEqualTo(401);
        Path readers = directory.resolve("readers");
        Files.writeString(readers, "new-token\n");
        Files.setLastModifiedTime(readers, FileTime.from(Instant.now().minusSeconds(60)));
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (cache.ask().token("new-token").get("/pubkey").status() != 200) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(50);
        }
        assertThat(cache.ask().token(READER).get("/pubkey").status()).isEqualTo(401);
    }
}
