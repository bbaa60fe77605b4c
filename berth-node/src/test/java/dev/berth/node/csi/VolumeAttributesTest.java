package dev.berth.node.csi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.expression.Expression;
import io.grpc.Status;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VolumeAttributesTest {
    private static final String HELLO = "q06x3jll2yfzckz2bzqak089p43ixkkq-hello-2.12";
    private static final String WORLD = "1d1mhgpjlpa1a4sn11szvwxixvc4qcdq-world";

    private final VolumeAttributes attributes = new VolumeAttributes(StoreDir.DEFAULT, "x86_64-linux");

    private static Map<String, String> context(String... keysAndValues) {
        Map<String, String> context = new HashMap<>();
        context.put("csi.storage.k8s.io/ephemeral", "true");
        context.put("csi.storage.k8s.io/pod.name", "web-0");
        context.put("csi.storage.k8s.io/serviceAccount.tokens", "{}");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            context.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return context;
    }

    private List<StorePath> paths(Map<String, String> context) {
        return attributes.packages(context, List.of()).storePaths();
    }

    private String refusal(Status.Code code, Map<String, String> context) {
        CsiException e = catchThrowableOfType(CsiException.class, () -> attributes.packages(context, List.of()));
        assertThat(e).isNotNull();
        assertThat(e.code()).isEqualTo(code);
        assertThat(e.getMessage()).doesNotContain("\n");
        return String.valueOf(e.getMessage());
    }

    @Test
    void theSystemsOwnPathComesFirstThenThoseOfThePodsSpecification() {
        String spec = """
                {"containers": [{"command": ["/nix/store/%s/bin/w", "--x=/nix/store/%s"],
                  "env": [{"name": "A", "value": "a:/nix/store/%s/lib:/nix/store/%s"}]}],
                 "volumes": [{"csi": {"volumeAttributes": {"x86_64-linux": "/nix/store/%s"}}}]}
                """.formatted(WORLD, HELLO, WORLD, HELLO, HELLO.replace("2.12", "other"));
        assertThat(paths(context("x86_64-linux", "/nix/store/" + HELLO, "berth.dev/pod-spec", spec)))
                .containsExactly(new StorePath(HELLO), new StorePath(WORLD));
        assertThat(paths(context("berth.dev/pod-spec", spec)))
                .containsExactly(new StorePath(WORLD), new StorePath(HELLO));
    }

    @Test
    void thisSystemsPathIsTakenWhereOthersAreNamedToo() {
        assertThat(paths(context("aarch64-linux", "/nix/store/" + WORLD, "x86_64-linux", "/nix/store/" + HELLO)))
                .isEqualTo(List.of(new StorePath(HELLO)));
    }

    @Test
    void onlyEphemeralVolumes() {
        assertThat(refusal(Status.Code.INVALID_ARGUMENT, Map.of("x86_64-linux", "/nix/store/" + HELLO)))
                .contains("csi.storage.k8s.io/ephemeral");
    }

    @Test
    void anUnknownAttributeIsNamedWithTheKnownOnes() {
        assertThat(refusal(
                        Status.Code.INVALID_ARGUMENT,
                        context("x86_64-linux", "/nix/store/" + HELLO, "storePath", "/nix/store/" + HELLO)))
                .contains("'storePath'", "x86_64-linux", "flakeRef", "nixExpr");
    }

    @Test
    void aWrongSystemIsRefusedNamingBoth() {
        assertThat(refusal(Status.Code.INVALID_ARGUMENT, context("aarch64-linux", "/nix/store/" + HELLO)))
                .contains("aarch64-linux", "x86_64-linux");
    }

    @Test
    void expressionsAreTriedBehindTheStorePathTheFlakeFirst() {
        WantedPackages wanted = attributes.packages(
                context(
                        "nixExpr",
                        "import ./x",
                        "flakeRef",
                        "github:NixOS/nixpkgs#hello",
                        "x86_64-linux",
                        "/nix/store/" + HELLO),
                List.of());
        assertThat(wanted.storePath()).contains(new StorePath(HELLO));
        assertThat(wanted.expressions())
                .containsExactly(
                        new Expression.FlakeRef("github:NixOS/nixpkgs#hello"), new Expression.NixExpr("import ./x"));
        WantedPackages alone =
                attributes.packages(context("nixExpr", "x", "aarch64-linux", "/nix/store/" + WORLD), List.of());
        assertThat(alone.storePaths()).isEmpty();
        assertThat(alone.with(List.of(new StorePath(WORLD)))).containsExactly(new StorePath(WORLD));
        assertThat(alone.expressed()).isNotEmpty().isNotEqualTo(wanted.expressed());
    }

    @ParameterizedTest
    @ValueSource(strings = {"flakeRef", "nixExpr"})
    void anEmptyOrHugeExpressionIsRefused(String key) {
        assertThat(refusal(Status.Code.INVALID_ARGUMENT, context(key, " \n"))).contains(key, "empty");
        assertThat(refusal(Status.Code.INVALID_ARGUMENT, context(key, "x".repeat(70_000))))
                .contains(key, "70000", "65536");
    }

    @ParameterizedTest
    @CsvSource({"600s,600", "600,600", "30m,1800", "1h30m,5400", "1h0m5s,3605", "24h,86400"})
    void aVolumeSaysHowLongFetchingMayTake(String text, long seconds) {
        assertThat(attributes.fetchTimeout(context("fetchTimeout", text))).contains(Duration.ofSeconds(seconds));
        assertThat(attributes.fetchTimeout(context())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "0s", "-5s", "5 s", "1d", "25h", "99999s", "m", "1s1m", "١s"})
    void aTimeThatIsNoneIsRefused(String text) {
        CsiException e =
                catchThrowableOfType(CsiException.class, () -> attributes.fetchTimeout(context("fetchTimeout", text)));
        assertThat(e).isNotNull();
        assertThat(e.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(e.getMessage()).contains("fetchTimeout", "1h30m");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hello",
                "/nix/store",
                "/nix/store/",
                "/nix/store/" + HELLO + "/bin/hello",
                "/nix/store/../../etc/passwd",
                "/nix/store/E06x3jll2yfzckz2bzqak089p43ixkkq-hello",
                "/gnu/store/" + HELLO,
                "/nix/store/" + HELLO + "\n"
            })
    void aBadStorePathIsRefused(String text) {
        assertThat(refusal(Status.Code.INVALID_ARGUMENT, context("x86_64-linux", text)))
                .contains("x86_64-linux");
    }

    @Test
    void noPackages() {
        assertThat(refusal(Status.Code.INVALID_ARGUMENT, context())).contains("no packages to mount");
        assertThat(refusal(Status.Code.INVALID_ARGUMENT, context("berth.dev/pod-spec", "{\"a\": [1, null, \"x\"]}")))
                .contains("no packages to mount");
    }

    @Test
    void aBrokenPodSpecificationIsRefusedWithItsLine() {
        assertThat(refusal(Status.Code.INVALID_ARGUMENT, context("berth.dev/pod-spec", "{\n\"a\": [1,\n}")))
                .contains("line 3");
        assertThat(refusal(Status.Code.INVALID_ARGUMENT, context("berth.dev/pod-spec", "[".repeat(100_000))))
                .contains("not JSON");
    }

    @Test
    void textThatOnlyLooksLikeAStorePathIsPassedOver() {
        String spec = "[\"/nix/store/q06x3jll2yfzckz2bzqak089p43ixkkq-..-\", \"/nix/store/" + "e".repeat(32)
                + "-x\", \"/nix/store/short\", \"/nix/store/" + WORLD + "\"]";
        assertThat(paths(context("berth.dev/pod-spec", spec))).containsExactly(new StorePath(WORLD));
    }
}
