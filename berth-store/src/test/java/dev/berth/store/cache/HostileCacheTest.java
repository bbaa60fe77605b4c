package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.cache.FaultyServer.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Caches that serve what is not so: nothing is believed that is not signed and checked. */
final class HostileCacheTest extends HttpFetching {
    @Test
    void aTruncatedFileIsCorrupt() throws IOException {
        byte[] half = java.util.Arrays.copyOf(Files.readAllBytes(served.resolve(nar(top).substring(1))), 20_000);
        server.on(nar(top), _ -> new Reply(200, half));
        fails(Kind.CORRUPT, "corrupt");
    }

    @Test
    void aNarOfAnotherPathIsCorrupt() throws IOException {
        byte[] other = Files.readAllBytes(served.resolve(nar(leaf).substring(1)));
        server.on(nar(top), _ -> new Reply(200, other));
        fails(Kind.CORRUPT, "corrupt", top.path().baseName());
    }

    @Test
    void aWrongNarHashIsCorrupt() throws IOException {
        // Signed by the trusted key, and still not what is sent.
        PathInfo lie = PathInfo.of(top.path(), leaf.narHash(), top.narSize(), top.references())
                .signed(to.storeDir(), KEY);
        String text = narInfoText(top)
                .replaceAll("NarHash: .*", "NarHash: " + leaf.narHash())
                .replaceAll("Sig: .*", "Sig: " + lie.signatures().first());
        narInfoIs(top, text);
        fails(Kind.CORRUPT, "hash");
    }

    @Test
    void anUnsignedPathIsRefusedBeforeItIsFetched() throws IOException {
        narInfoIs(top, narInfoText(top).replaceAll("Sig: .*\n", ""));
        fails(Kind.UNTRUSTED, "not signed");
        assertThat(server.requestsOf(nar(top))).isZero();
    }

    @Test
    void anotherKeyIsNamed() throws IOException {
        SecretKey other = SecretKey.generate("evil-1");
        PathInfo signed = top.signed(to.storeDir(), other);
        narInfoIs(
                top,
                narInfoText(top)
                        .replaceAll("Sig: .*", "Sig: " + signed.signatures().first()));
        fails(Kind.UNTRUSTED, "signed by no trusted key", "evil-1");
    }

    @Test
    void aSignatureOfOtherReferencesIsWorthless() throws IOException {
        narInfoIs(top, narInfoText(top).replaceAll("References: .*", "References: "));
        fails(Kind.UNTRUSTED, "cache-1");
    }

    @Test
    void aTrustedCacheNeedsNoSignature() throws IOException {
        narInfoIs(top, narInfoText(top).replaceAll("Sig: .*\n", ""));
        fetch(List.of(KEY.publicKey()), server.uri() + "?trusted=1");
        assertThat(to.pathInfo(top.path())).isPresent();
    }

    @Test
    void aWebPageIsNoNarInfo() {
        narInfoIs(top, "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n");
        fails(Kind.CORRUPT, "narinfo");
    }

    @Test
    void aNarInfoOfAnotherPathIsCorrupt() throws IOException {
        narInfoIs(top, narInfoText(leaf));
        fails(Kind.CORRUPT, "of another path");
    }

    @Test
    void aHugeNarInfoIsRefused() {
        server.on(narInfo(top), _ -> new Reply(200, new byte[3 << 20]));
        fails(Kind.CORRUPT, "longer than");
    }

    @Test
    void aBombIsStopped() throws IOException {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
            byte[] nar = Samples.nar(sink -> {
                sink.startFile(false, 64 << 20);
                for (int i = 0; i < 64; i++) {
                    sink.contents(new byte[1 << 20], 0, 1 << 20);
                }
                sink.endFile();
            });
            gzip.write(nar);
        }
        narInfoIs(
                top,
                narInfoText(top)
                        .replaceAll("Compression: .*", "Compression: gzip")
                        .replaceAll("File(Hash|Size): .*\n", ""));
        server.on(nar(top), _ -> new Reply(200, bomb.toByteArray()));
        fails(Kind.CORRUPT, "longer than the " + top.narSize() + " bytes");
    }

    @Test
    void anUnknownCompressionIsNamed() throws IOException {
        narInfoIs(top, narInfoText(top).replaceAll("Compression: .*", "Compression: lrzip"));
        fails(Kind.CORRUPT, "'lrzip'");
    }

    @Test
    void aUrlOutsideTheCacheIsNotFollowed() throws IOException {
        for (String url :
                List.of("file:///etc/passwd", "../../secret", "nar/../../x", "//127.0.0.1:1/nar", "gopher://x/y")) {
            narInfoIs(top, narInfoText(top).replaceAll("URL: .*", "URL: " + url));
            fails(Kind.CORRUPT, "not in the cache");
        }
    }

    @Test
    void aUrlIsOpaque() throws IOException {
        String url = nar(top) + "?token=a%2Fb&x";
        narInfoIs(top, narInfoText(top).replaceAll("URL: .*", "URL: " + url.substring(1)));
        narInfoIs(leaf, narInfoText(leaf).replaceAll("URL: .*", "URL: " + server.uri() + nar(leaf) + "?abs"));
        fetch();
        assertThat(server.requestsOf(url)).isOne();
        assertThat(server.requestsOf(nar(leaf) + "?abs")).isOne();
    }
}
