package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.nar.NarSource;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache behind its real server, asked by sockets and by the real Nix. */
class CacheServerTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void narsByTheKernelAndByCopies() throws IOException {
        NarSource tree = CacheFixture.tree(700_000);
        PathInfo info = CacheFixture.info("tree", tree, Set.of());
        byte[] nar = CacheFixture.nar(tree);
        try (CacheFixture cache = CacheFixture.open(directory)) {
            cache.content.add(info, tree);
            try (HttpFront front = HttpFront.start(HttpConfig.of("127.0.0.1", 0), cache.routes, new Metrics("test"));
                    RawClient client = new RawClient(front.port())) {
                String narInfo = "/" + info.path().hashPart() + ".narinfo";
                String url = "";
                for (int i = 0; i < 3; i++) {
                    RawClient.Answer answer = client.get(narInfo).answer();
                    assertThat(answer.status()).isEqualTo(200);
                    assertThat(answer.headers()).containsEntry("content-type", "text/x-nix-narinfo");
                    url = answer.text()
                            .lines()
                            .filter(line -> line.startsWith("URL: "))
                            .findFirst()
                            .orElseThrow()
                            .substring("URL: ".length());
                }
                assertThat(client.get("/" + url).answer().body()).isEqualTo(nar);
                client.send("GET /" + url + " HTTP/1.1\r\nHost: x\r\nRange: bytes=1000-650000\r\n\r\n");
                RawClient.Answer part = client.answer();
                assertThat(part.status()).isEqualTo(206);
                assertThat(part.body()).isEqualTo(java.util.Arrays.copyOfRange(nar, 1000, 650_001));
                RawClient.Answer head = client.send("HEAD /" + url + " HTTP/1.1\r\nHost: x\r\n\r\n")
                        .head();
                assertThat(head.headers()).containsEntry("content-length", Integer.toString(nar.length));
                assertThat(client.get("/readyz").answer().status()).isEqualTo(200);
                assertThat(client.get("/metrics").answer().text())
                        .contains(
                                "berth_http_requests_total{route=\"narinfo\",status=\"200\"} 3.0",
                                "berth_http_connections 1.0");
            }
        }
    }

    @Test
    void realNixCopiesFromIt() throws IOException {
        RealNix nix = new RealNix(Files.createDirectory(directory.resolve("nix")));
        NarSource small = CacheFixture.file(false, CacheFixture.random(1000));
        NarSource tree = CacheFixture.tree(700_000);
        PathInfo lower = CacheFixture.info("lower", small, Set.of());
        PathInfo upper = CacheFixture.info("upper", tree, Set.of(lower.path()));
        try (CacheFixture cache = CacheFixture.open(Files.createDirectory(directory.resolve("cache")))) {
            cache.content.add(lower, small);
            cache.content.add(upper, tree);
            try (HttpFront front = HttpFront.start(HttpConfig.of("127.0.0.1", 0), cache.routes, new Metrics("test"))) {
                String path = StoreDir.DEFAULT.print(upper.path());
                nix.output(
                        "nix",
                        "copy",
                        "--option",
                        "trusted-public-keys",
                        CacheFixture.OWN.publicKey().print(),
                        "--from",
                        "http://127.0.0.1:" + front.port(),
                        "--to",
                        nix.uri(),
                        path);
                assertThat(nix.real(path).resolve("large")).hasBinaryContent(CacheFixture.random(700_000));
            }
        }
    }
}
