package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.gateway.ServiceSettings;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.testing.Command;
import dev.berth.testing.Requires;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache through the real server, as another program sees it. */
final class CurlTest {
    private static final NarSource TREE = CacheFixture.tree(600_000);
    private static final String DRV = "00000000000000000000000000000000-x.drv";

    @TempDir
    private Path directory;

    private CacheFixture cache;
    private HttpFront server;
    private PathInfo info;

    /** @param headers by name in small letters */
    private record Answer(int status, Map<String, String> headers, Path body) {}

    @BeforeEach
    void start() throws IOException {
        Requires.program("curl");
        cache = new CacheFixture(directory, ServiceSettings.DEFAULT, CacheSettings.Uploads.SIGNED, true);
        info = CacheFixture.info("tree", TREE, List.of());
        cache.content.add(info, TREE);
        cache.content.addLog(new StorePath(DRV), new ByteArrayInputStream(CacheFixture.bytes("built\n")));
        server = HttpFront.start(HttpConfig.of("127.0.0.1", 0), cache.routes, new Metrics("test"));
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
            cache.close();
        }
    }

    private Answer curl(String path, String... options) throws IOException {
        Path body = Files.createTempFile(directory, "body", "");
        List<String> all = new ArrayList<>(List.of("curl", "-s", "-D", "-", "-o", body.toString(), "--path-as-is"));
        all.addAll(List.of(options));
        all.add("http://127.0.0.1:" + server.port() + path);
        List<String> lines = Command.of(all.toArray(String[]::new))
                .succeed()
                .stdout()
                .lines()
                .toList();
        Map<String, String> headers = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        headers.remove("date");
        return new Answer(Integer.parseInt(lines.getFirst().split(" ", -1)[1]), headers, body);
    }

    private Answer read(String path, String... options) throws IOException {
        List<String> all = new ArrayList<>(List.of("-u", "anyone:" + CacheFixture.READER));
        all.addAll(List.of(options));
        return curl(path, all.toArray(String[]::new));
    }

    @Test
    void headIsGetWithoutBody() throws IOException {
        Map<String, String> types = new TreeMap<>(Map.of(
                "/",
                "text/html; charset=utf-8",
                "/nix-cache-info",
                "text/x-nix-cache-info",
                "/pubkey",
                "text/plain; charset=utf-8",
                "/" + info.path().hashPart() + ".narinfo",
                "text/x-nix-narinfo",
                "/" + info.path().hashPart() + ".ls",
                "application/json",
                "/" + Target.narUrl(info),
                "application/x-nix-nar",
                "/log/" + DRV,
                "text/plain; charset=utf-8"));
        for (var row : types.entrySet()) {
            String path = row.getKey();
            Answer get = read(path);
            assertThat(get.status()).as(path).isEqualTo(200);
            assertThat(get.headers().get("content-type")).as(path).isEqualTo(row.getValue());
            assertThat(get.body()).as(path).isNotEmptyFile();
            Answer head = read(path, "-I");
            assertThat(head.status()).as(path).isEqualTo(200);
            // How a body of unknown length would be framed says nothing of it.
            get.headers().remove("transfer-encoding");
            head.headers().remove("transfer-encoding");
            assertThat(head.headers()).as(path).isEqualTo(get.headers());
        }
    }

    @Test
    void sendsNarsWholeInPartAndCompressed() throws IOException {
        byte[] nar = CacheFixture.nar(TREE);
        String url = "/" + Target.narUrl(info);
        assertThat(read(url).body()).hasBinaryContent(nar);
        Answer part = read(url, "-r", "1000-500000");
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.headers()).containsEntry("content-range", "bytes 1000-500000/" + nar.length);
        assertThat(part.body()).hasBinaryContent(Arrays.copyOfRange(nar, 1000, 500_001));
        Answer none = read(url, "-r", nar.length + "-");
        assertThat(none.status()).isEqualTo(416);
        assertThat(none.headers()).containsEntry("content-range", "bytes */" + nar.length);
        Answer zstd = read(url, "-H", "accept-encoding: zstd");
        assertThat(zstd.headers()).containsEntry("content-encoding", "zstd").containsEntry("vary", "accept-encoding");
        assertThat(read(url, "--http2-prior-knowledge").body()).hasBinaryContent(nar);
    }

    @Test
    void sendsSmallNarsOverHttp2AlsoWhenTheyAreKept() throws IOException {
        NarSource tree = CacheFixture.tree(50_000);
        PathInfo small = CacheFixture.info("small", tree, List.of());
        cache.content.add(small, tree);
        for (int i = 0; i < 4; i++) {
            assertThat(read("/" + Target.narUrl(small), "--http2-prior-knowledge")
                            .body())
                    .hasBinaryContent(CacheFixture.nar(tree));
        }
    }

    @Test
    void refuses() throws IOException {
        assertThat(curl("/nix-cache-info").status()).isEqualTo(401);
        assertThat(curl("/nix-cache-info").headers().get("www-authenticate")).startsWith("Basic realm=\"berth\"");
        assertThat(curl("/nix-cache-info", "-u", "x:wrong").status()).isEqualTo(401);
        assertThat(read("/log/" + DRV, "-X", "PUT", "-d", "x").status()).isEqualTo(403);
        Answer delete = read("/nix-cache-info", "-X", "DELETE");
        assertThat(delete.status()).isEqualTo(405);
        assertThat(delete.headers()).containsEntry("allow", "GET, HEAD, PUT");
        for (String path : List.of(
                "/00000000000000000000000000000000.narinfo",
                "/nar/x.nar",
                "/log/../../../etc/passwd",
                "/nar/%2e%2e/%2e%2e/etc/passwd",
                "/%00",
                "//")) {
            assertThat(read(path).status()).as(path).isBetween(400, 404);
        }
    }
}
