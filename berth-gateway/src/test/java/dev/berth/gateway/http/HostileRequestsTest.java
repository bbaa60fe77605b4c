package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.gateway.ServiceSettings;
import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarSource;
import dev.berth.testing.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand requests by chance: none is an error of the cache's own, and none leads out of the store. */
final class HostileRequestsTest {
    private static final NarSource TREE = CacheFixture.tree(70_000);
    private static final String SECRET = "what nobody may read";

    @TempDir
    private Path directory;

    @Test
    void answersAll() throws IOException {
        long seed = Seed.first();
        Random random = new Random(seed);
        PathInfo info = CacheFixture.info("tree", TREE, List.of());
        try (CacheFixture cache =
                new CacheFixture(directory, ServiceSettings.DEFAULT, CacheSettings.Uploads.SIGNED, true)) {
            cache.content.add(info, TREE);
            Files.writeString(directory.resolve("root/nix/store/secret"), SECRET);
            Files.writeString(directory.resolve("root/nix/var/nix/secret"), SECRET);
            Files.createDirectories(directory.resolve("root/nix/var/log/nix/drvs/00"));
            Files.writeString(directory.resolve("root/nix/var/log/nix/drvs/secret"), SECRET);
            List<String> known = List.of(
                    "nix-cache-info",
                    "pubkey",
                    "nar",
                    "log",
                    "debuginfo",
                    "realisations",
                    "build-trace-v2",
                    "..",
                    ".",
                    "%2e%2e",
                    "%2E%2e%2f",
                    "%00",
                    "%",
                    "%zz",
                    "%c3%a9",
                    "secret",
                    "drvs",
                    "",
                    "etc",
                    "passwd",
                    info.path().hashPart() + ".narinfo",
                    info.path().hashPart() + ".ls",
                    info.path().hashPart(),
                    Target.narUrl(info).substring(4),
                    info.path().baseName(),
                    "x.drv",
                    "00000000000000000000000000000000-x.drv",
                    "out.doi",
                    "sha256:" + "0".repeat(64) + "!out.doi",
                    "a".repeat(5000),
                    "0123456789abcdef",
                    "..%2f..%2fsecret",
                    "\\..\\secret");
            for (int i = 0; i < 10_000; i++) {
                StringBuilder path = new StringBuilder();
                int parts = 1 + random.nextInt(4);
                for (int p = 0; p < parts; p++) {
                    path.append('/').append(part(random, known));
                }
                if (random.nextInt(8) == 0) {
                    path.append('?').append(part(random, known));
                }
                Asked.Of ask = cache.ask().token(random.nextInt(4) == 0 ? CacheFixture.WRITER : CacheFixture.READER);
                if (random.nextInt(3) == 0) {
                    ask.header("host", part(random, known));
                }
                if (random.nextInt(3) == 0) {
                    ask.header("range", "bytes=" + random.nextInt() + "-" + part(random, known));
                }
                if (random.nextInt(4) == 0) {
                    ask.body(CacheFixture.bytes(part(random, known)));
                }
                String method = List.of("GET", "HEAD", "PUT", "GET", "DELETE").get(random.nextInt(5));
                Asked answer = ask.ask(method, path.toString());
                String as = "seed " + seed + ", request " + i + ": " + method + " " + path;
                assertThat(answer.status()).as(as + ": " + answer.text()).isBetween(200, 499);
                assertThat(answer.text()).as(as).doesNotContain(SECRET);
            }
        }
    }

    private static String part(Random random, List<String> known) {
        if (random.nextInt(3) > 0) {
            return known.get(random.nextInt(known.size()));
        }
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(40);
        for (int i = 0; i < length; i++) {
            text.append((char) (0x20 + random.nextInt(0x60)));
        }
        return text.toString().replace("/", "").replace("?", "");
    }
}
