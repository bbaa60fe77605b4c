package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreReference;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.ClosureCopy;
import dev.berth.store.ClosurePush;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushing to attic and cachix, whose servers can't be run here: {@link AtticContract} and {@link CachixContract} stand in. */
final class ServiceUploadTest {
    private static final StoreSettings SETTINGS =
            StoreSettings.DEFAULT.withTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(60), 2);

    @TempDir
    private Path directory;

    private final NarSource leafTree = Samples.tree(1, 20_000);
    private final PathInfo leaf = Samples.info(Samples.path("leaf", 1), leafTree);
    private final NarSource topTree = Samples.tree(2, 20_000_000);
    private final PathInfo top = Samples.info(Samples.path("top", 2), topTree, leaf.path());

    private static Store service(String uri, Map<String, String> environment) {
        return ServiceUri.open(StoreReference.parse(uri), SETTINGS, environment);
    }

    private Store source() {
        Store store = Stores.open("file://" + directory.resolve("from") + "?compression=none", SETTINGS);
        store.add(leaf, leafTree);
        store.add(top, topTree);
        return store;
    }

    private ClosurePush.Result push(Store to) {
        try (Store from = source()) {
            return new ClosurePush(from, to, List.of(), _ -> {})
                    .push(List.of(top.path()), ClosureCopy.Options.TRUSTED, CopyProgress.NONE);
        }
    }

    @Test
    void atticTakesAClosureAndGivesItBack() throws IOException {
        try (AtticContract server = new AtticContract("main", "secret-token")) {
            Path config = Files.createDirectories(directory.resolve("config/attic"));
            Files.writeString(config.resolve("config.toml"), """
                    default-server = "home"

                    [servers.home]
                    endpoint = "%s" # as attic login writes it
                    token = "secret-token"
                    """.formatted(server.endpoint()));
            Map<String, String> environment =
                    Map.of("XDG_CONFIG_HOME", directory.resolve("config").toString());
            try (Store store = service("attic://home/main", environment)) {
                assertThat(push(store)).isEqualTo(new ClosurePush.Result(2, 0, 0, 2, leaf.narSize() + top.narSize()));
                assertThat(push(store).present()).isEqualTo(2);
                assertThat(server.uploads()).hasValue(2);
                assertThat(store.pathInfo(top.path()).orElseThrow().references())
                        .containsExactly(leaf.path());
                assertThat(Samples.told(store, top.path())).isEqualTo(top.narHash());
            }
        }
    }

    @Test
    void atticSaysWhatIsWrong() throws IOException {
        try (AtticContract server = new AtticContract("main", "secret-token")) {
            String address = server.endpoint().substring("http://".length()).replace("/", "");
            Path token = Files.writeString(directory.resolve("token"), "secret-token\n");
            try (Store store = service("attic://" + address + "/main?scheme=http&token-file=" + token, Map.of())) {
                assertThat(push(store).copied()).isEqualTo(2);
            }
            assertFails(
                    "attic://" + address + "/main?scheme=http",
                    Map.of("ATTIC_TOKEN", "wrong"),
                    Kind.READ_ONLY,
                    "status 401: Unauthorized.; 'attic login' notes a token");
            assertFails(
                    "attic://" + address + "/other?scheme=http",
                    Map.of("ATTIC_TOKEN", "secret-token"),
                    Kind.REFUSED,
                    "The requested cache does not exist");
            for (String wrong : List.of("attic://x", "attic:///x", "attic://x/y/z", "attic://x/y?foo=1")) {
                assertThatThrownBy(() -> service(wrong, Map.of())).as(wrong).isInstanceOf(StoreException.class);
            }
        }
    }

    private void assertFails(String uri, Map<String, String> environment, Kind kind, String words) {
        try (Store store = service(uri, environment)) {
            assertThatThrownBy(() -> push(store)).isInstanceOfSatisfying(StoreException.class, e -> {
                assertThat(e.kind()).isEqualTo(kind);
                assertThat(e.getMessage()).contains(words).doesNotContain("\n").doesNotContain("secret");
            });
        }
    }

    @Test
    void cachixTakesPartsAndTheNarInfoThatBelongsToThem() throws IOException {
        SecretKey key = SecretKey.generate("mine.cachix.org-1");
        String unnamed = key.print().substring(key.print().indexOf(':') + 1);
        try (CachixContract server = new CachixContract("mine", "secret-token")) {
            Map<String, String> environment =
                    Map.of("CACHIX_AUTH_TOKEN", "secret-token", "CACHIX_SIGNING_KEY", unnamed);
            try (Store store = service("cachix://mine?endpoint=" + server.endpoint(), environment)) {
                assertThat(push(store).copied()).isEqualTo(2);
                assertThat(push(store).present()).isEqualTo(2);
                // The larger one does not fit into one part, however well half of it compresses.
                assertThat(server.mostParts()).isGreaterThan(1);
                PathInfo read = store.pathInfo(top.path()).orElseThrow();
                assertThat(read.signers(store.storeDir(), List.of(key.publicKey())))
                        .hasSize(1);
                assertThat(Samples.told(store, top.path())).isEqualTo(top.narHash());
            }
        }
    }

    @Test
    void cachixAbortsWhatFailsAndTriesAgainWhatMayPass() throws IOException {
        try (CachixContract server = new CachixContract("mine", "secret-token")) {
            String uri = "cachix://mine?compression=xz&endpoint=" + server.endpoint();
            Map<String, String> environment = Map.of("CACHIX_AUTH_TOKEN", "secret-token");
            server.failParts(2);
            try (Store store = service(uri, environment)) {
                store.add(leaf, leafTree);
                assertThat(store.validPaths(List.of(leaf.path()))).hasSize(1);
            }
            server.failParts(1000);
            try (Store store = service(uri, environment)) {
                PathInfo small = Samples.info(Samples.path("small", 3), leafTree);
                assertThatThrownBy(() -> store.add(small, leafTree))
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
                assertThat(server.aborted()).hasValue(1);
            }
            assertFails(uri, Map.of("CACHIX_AUTH_TOKEN", "wrong"), Kind.READ_ONLY, "set CACHIX_AUTH_TOKEN");
            for (String wrong : List.of("cachix://", "cachix://a/b", "cachix://a?compression=gzip", "cachix://a?x=1")) {
                assertThatThrownBy(() -> service(wrong, Map.of())).as(wrong).isInstanceOf(StoreException.class);
            }
            assertThatThrownBy(() -> service("cachix://a", Map.of("CACHIX_SIGNING_KEY", "nonsense")))
                    .hasMessageContaining("CACHIX_SIGNING_KEY is no secret key")
                    .hasMessageNotContaining("nonsense");
        }
    }

    @Test
    void signaturesThatAPathHasByTheCachesKeyAreSent() throws IOException {
        SecretKey key = SecretKey.generate(CachixApi.keyName("mine"));
        PathInfo signed = leaf.signed(dev.berth.nix.StoreDir.DEFAULT, key);
        Signature signature = signed.signatures().first();
        try (CachixContract server = new CachixContract("mine", "t");
                Store store =
                        service("cachix://mine?endpoint=" + server.endpoint(), Map.of("CACHIX_AUTH_TOKEN", "t"))) {
            store.add(signed, leafTree);
            assertThat(server.signature(leaf.path().hashPart())).isEqualTo(signature.base64());
            assertThat(Base64.getDecoder().decode(signature.base64())).hasSize(Signature.SIZE);
        }
    }

    @Test
    void atticsConfigurationIsReadAsAtticWritesIt() {
        AtticConfig config = AtticConfig.parse("""
                [servers.a]
                endpoint = 'http://a/'
                token-file = "/run/secret"
                [servers."b"]
                token = "x\\"y"
                endpoint = "https://b/"
                [other]
                endpoint = "z"
                """);
        assertThat(config.servers()).hasSize(2);
        assertThat(String.valueOf(config.servers().get("a"))).isEqualTo("Server[http://a/]");
        assertThat(config.servers().get("b"))
                .satisfies(b -> assertThat(b.token()).contains("x\"y"));
        Random random = new Random(dev.berth.testing.Seed.first());
        for (int i = 0; i < 2000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(60); j > 0; j--) {
                text.append("[]servers.a=\"'\\\n #".charAt(random.nextInt(18)));
            }
            assertThat(AtticConfig.parse(text.toString()).servers().size()).isLessThan(60);
        }
    }
}
