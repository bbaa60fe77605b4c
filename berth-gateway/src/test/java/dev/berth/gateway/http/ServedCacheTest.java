package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.gateway.ServedStore;
import dev.berth.gateway.ServiceSettings;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.nar.NarSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A binary cache as the store that is served: several gateways may stand before one. */
final class ServedCacheTest {
    private static final NarSource TREE = CacheFixture.tree(100_000);

    @TempDir
    private Path directory;

    @Test
    void servesAndFillsAnotherCache() throws IOException {
        String uri = "file://" + directory.resolve("cache");
        try (CacheFixture cache = new CacheFixture(
                directory, ServedStore.open(uri, ServiceSettings.DEFAULT), CacheSettings.Uploads.SIGNED, true)) {
            byte[] nar = CacheFixture.nar(TREE);
            PathInfo base = CacheFixture.info("base", TREE, List.of());
            PathInfo top = CacheFixture.info("top", TREE, List.of(base.path()));
            writer(cache).body(nar).ask("PUT", "/nar/x.nar");
            assertThat(upload(cache, top).status()).isEqualTo(409);
            assertThat(upload(cache, base).status()).isEqualTo(201);
            assertThat(upload(cache, top).status()).isEqualTo(201);
            assertThat(writer(cache)
                            .get("/" + top.path().hashPart() + ".narinfo")
                            .text())
                    .contains("Compression: none", "Sig: own-1:", "Sig: author-1:");
            String url = "/" + Target.narUrl(top);
            assertThat(writer(cache).get(url).body()).isEqualTo(nar);
            assertThat(writer(cache).header("range", "bytes=100-70000").get(url).body())
                    .isEqualTo(Arrays.copyOfRange(nar, 100, 70_001));
            assertThat(writer(cache).get("/" + top.path().hashPart() + ".ls").text())
                    .contains("\"large\"");

            String log = "/log/00000000000000000000000000000000-x.drv";
            assertThat(writer(cache).get(log).status()).isEqualTo(404);
            assertThat(writer(cache).put(log, "built").status()).isEqualTo(201);
            assertThat(writer(cache).get(log).text()).isEqualTo("built");

            DrvOutput.ByHash id = new DrvOutput.ByHash(Hash.sha256(nar), "out");
            String name = "/realisations/" + id.print() + ".doi";
            Realisation realisation = Realisation.of(id, top.path()).signed(CacheFixture.AUTHOR);
            assertThat(writer(cache).get(name).status()).isEqualTo(404);
            assertThat(writer(cache).put(name, realisation.print()).status()).isEqualTo(201);
            assertThat(Realisation.parse(writer(cache).get(name).text()).outPath())
                    .isEqualTo(top.path());
        }
    }

    private static Asked.Of writer(CacheFixture cache) {
        return cache.ask().token(CacheFixture.WRITER);
    }

    private static Asked upload(CacheFixture cache, PathInfo info) throws IOException {
        return writer(cache)
                .put("/" + info.path().hashPart() + ".narinfo", CacheFixture.narInfo(info, "nar/x.nar", "none"));
    }
}
