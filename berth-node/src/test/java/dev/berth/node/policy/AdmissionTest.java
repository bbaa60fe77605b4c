package dev.berth.node.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import dev.berth.store.config.ConfigException;
import io.grpc.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdmissionTest {
    private static final StoreDir STORE = StoreDir.DEFAULT;
    private static final SecretKey RELEASE = SecretKey.generate("release-1");
    private static final SecretKey OTHER = SecretKey.generate("other-1");
    private static final PathInfo APP = path("0", "app", 1000);
    private static final PathInfo LIB = path("1", "lib", 500);

    @TempDir
    private Path dir;

    private static PathInfo path(String digit, String name, long size) {
        return PathInfo.of(
                new StorePath(digit.repeat(32) + "-" + name),
                Hash.sha256(name.getBytes(StandardCharsets.UTF_8)),
                size,
                List.of());
    }

    private Admission admission(String text) {
        try {
            return Admission.open(
                    Optional.of(new PolicyConfig(Files.writeString(dir.resolve("policy"), text), Duration.ofHours(1))),
                    STORE);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String refusal(Status.Code code, Runnable call) {
        CsiException e = catchThrowableOfType(CsiException.class, call::run);
        assertThat(e).as("a refusal").isNotNull();
        assertThat(e.code()).isEqualTo(code);
        return String.valueOf(e.getMessage());
    }

    @Test
    void withoutAPolicyEverythingIsAllowed() {
        try (Admission open = Admission.open(Optional.empty(), STORE)) {
            Permit permit = open.permit("");
            permit.checkMode(false);
            permit.checkExpression("flakeRef");
            assertThat(permit.judgesClosures()).isFalse();
            assertThat(permit.checkClosure(List.of(APP, LIB))).isEqualTo(1500);
        }
    }

    @Test
    void aNamespaceWithoutARuleGetsNothing() {
        try (Admission admission = admission("rules: [{namespaces: [a]}]")) {
            admission.permit("a");
            assertThat(refusal(Status.Code.PERMISSION_DENIED, () -> admission.permit("b")))
                    .contains("no rule for namespace 'b'");
            assertThat(refusal(Status.Code.PERMISSION_DENIED, () -> admission.permit("")))
                    .contains("podInfoOnMount");
        }
    }

    @Test
    void expressionsAreRefusedUnlessARuleAllowsThem() {
        try (Admission admission =
                admission("rules: [{namespaces: [a], expressions: true, read-write: false}, {namespaces: [b]}]")) {
            admission.permit("a").checkExpression("nixExpr");
            admission.permit("b").checkMode(false);
            assertThat(refusal(
                            Status.Code.PERMISSION_DENIED,
                            () -> admission.permit("b").checkExpression("nixExpr")))
                    .isEqualTo(
                            "the policy's rule 2 (b) for namespace 'b' does not allow nixExpr to be evaluated: name a"
                                    + " built store path");
            assertThat(refusal(
                            Status.Code.PERMISSION_DENIED,
                            () -> admission.permit("a").checkMode(false)))
                    .contains("readOnly: true");
            admission.permit("a").checkMode(true);
        }
    }

    @Test
    void everyPathMustBeSignedByAKeyOfTheRule() {
        try (Admission admission = admission("""
                rules:
                - {namespaces: [a], trusted-public-keys: ["%s"]}
                - {namespaces: [b], trusted-public-keys: []}
                - {namespaces: [c], trusted-public-keys: ["%s"], expressions: true}
                """.formatted(RELEASE.publicKey(), RELEASE.publicKey()))) {
            PathInfo good = APP.signed(STORE, RELEASE);
            PathInfo other = LIB.signed(STORE, OTHER);
            assertThat(admission.permit("a").checkClosure(List.of(good, LIB.signed(STORE, RELEASE))))
                    .isEqualTo(1500);
            assertThat(refusal(
                            Status.Code.PERMISSION_DENIED,
                            () -> admission.permit("a").checkClosure(List.of(good, other))))
                    .isEqualTo("the policy's rule 1 (a) for namespace 'a' wants " + STORE.print(LIB.path())
                            + " signed by release-1, and it has no such signature that is valid, only by other-1");
            assertThat(refusal(
                            Status.Code.PERMISSION_DENIED,
                            () -> admission.permit("a").checkClosure(List.of(LIB))))
                    .endsWith("and it is not signed");
            // A signature of another path by the right key is worth nothing.
            PathInfo stolen = LIB.withSignatures(good.signatures());
            assertThat(refusal(
                            Status.Code.PERMISSION_DENIED,
                            () -> admission.permit("a").checkClosure(List.of(stolen))))
                    .contains("no such signature that is valid");
            assertThat(refusal(
                            Status.Code.PERMISSION_DENIED,
                            () -> admission.permit("b").checkClosure(List.of(good))))
                    .contains("it must be content-addressed");
            PathInfo built = LIB.withUltimate(true);
            admission.permit("c").checkClosure(List.of(built));
            refusal(Status.Code.PERMISSION_DENIED, () -> admission.permit("a").checkClosure(List.of(built)));
        }
    }

    @Test
    void whatWasFoundGoodForSomeKeysIsNotFoundGoodForOthers() {
        try (Admission admission =
                admission("""
                rules:
                - {namespaces: [a], trusted-public-keys: ["%s"]}
                - {namespaces: [b], trusted-public-keys: ["%s"]}
                - {namespaces: [c], trusted-public-keys: ["%s"], max-closure-size: 999}
                """.formatted(RELEASE.publicKey(), OTHER.publicKey(), RELEASE.publicKey()))) {
            AtomicInteger asked = new AtomicInteger();
            Collection<PathInfo> closure = List.of(APP.signed(STORE, RELEASE));
            for (int i = 0; i < 3; i++) {
                assertThat(admission.permit("a").checkClosure("tree", () -> {
                            asked.incrementAndGet();
                            return closure;
                        }))
                        .isEqualTo(1000);
            }
            assertThat(asked).hasValue(1);
            refusal(Status.Code.PERMISSION_DENIED, () -> admission.permit("b").checkClosure("tree", () -> closure));
            refusal(Status.Code.RESOURCE_EXHAUSTED, () -> admission.permit("c").checkClosure("tree", () -> closure));
        }
    }

    @Test
    void sizesAndNumbersAreLimited() {
        try (Admission admission =
                admission("rules: [{namespaces: [a], max-closure-size: 1K, max-volumes: 2, max-total-size: 2K}]")) {
            Permit permit = admission.permit("a");
            permit.checkClosure(List.of(APP));
            assertThat(refusal(Status.Code.RESOURCE_EXHAUSTED, () -> permit.checkClosure(List.of(APP, LIB))))
                    .contains("allows closures of 1.0 KiB, and this one has 1.5 KiB");
            PathInfo liar = path("2", "liar", Long.MAX_VALUE);
            refusal(Status.Code.RESOURCE_EXHAUSTED, () -> permit.checkClosure(List.of(liar, liar, APP)));
            Holding one = new Holding("t1", 1000);
            permit.checkQuota(List.of(one), one); // shared: it counts once
            permit.checkQuota(List.of(one), new Holding("t2", 1048));
            assertThat(refusal(
                            Status.Code.RESOURCE_EXHAUSTED,
                            () -> permit.checkQuota(List.of(one), new Holding("t2", 1049))))
                    .contains("allows closures of 2.0 KiB on a node");
            assertThat(refusal(Status.Code.RESOURCE_EXHAUSTED, () -> permit.checkQuota(List.of(one, one), one)))
                    .contains("allows 2 volumes, and containers with store paths without one, on a node, and has 2");
            permit.checkQuota(List.of(), new Holding("t", 2048));
            refusal(
                    Status.Code.RESOURCE_EXHAUSTED,
                    () -> permit.checkQuota(List.of(one), new Holding("t", Long.MAX_VALUE)));
        }
    }

    @Test
    void aBadPolicyAtTheStartIsRefusedAndALaterOneKeepsTheLast() throws IOException {
        assertThatThrownBy(() -> admission("rules: ["))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("line 1");
        assertThatThrownBy(() -> Admission.open(Optional.of(PolicyConfig.of(dir.resolve("none"))), STORE))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("no such file");
        try (Admission admission = admission("rules: [{namespaces: [a]}]")) {
            for (String bad : List.of("rules: [{namespaces: [b]}", "", "\ufffe\u0000")) {
                Files.writeString(dir.resolve("policy"), bad);
                admission.look();
                admission.permit("a");
                refusal(Status.Code.PERMISSION_DENIED, () -> admission.permit("b"));
                assertThat(admission.isOutdated()).isTrue();
            }
            Files.delete(dir.resolve("policy"));
            admission.look();
            admission.permit("a");
            Files.writeString(dir.resolve("policy"), "rules: [{namespaces: [b]}]");
            admission.look();
            admission.permit("b");
            refusal(Status.Code.PERMISSION_DENIED, () -> admission.permit("a"));
            assertThat(admission.isOutdated()).isFalse();
        }
    }

    @Test
    void aChangeIsSeenWithoutBeingAskedFor() throws Exception {
        Path file = Files.writeString(dir.resolve("policy"), "rules: [{namespaces: [a]}]");
        try (Admission admission = Admission.open(Optional.of(new PolicyConfig(file, Duration.ofMillis(5))), STORE)) {
            // The same size and, on a coarse clock, the same time.
            Files.writeString(file, "rules: [{namespaces: [b]}]");
            long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            while (!admits(admission, "b") && System.nanoTime() < end) {
                Thread.sleep(5);
            }
            assertThat(admits(admission, "b")).isTrue();
        }
    }

    private static boolean admits(Admission admission, String namespace) {
        try {
            admission.permit(namespace);
            return true;
        } catch (CsiException e) {
            return false;
        }
    }

    @Test
    void aMountedConfigMapIsReadInOneVersion() throws Exception {
        Path mount = Files.createDirectory(dir.resolve("map"));
        for (String version : List.of("x", "y")) {
            Path files = Files.createDirectory(mount.resolve(".." + version));
            Files.writeString(files.resolve("10-rules"), "rules: [{namespaces: [" + version + "1]}]");
            Files.writeString(files.resolve("20-rules"), "rules: [{namespaces: [" + version + "2]}]");
        }
        swap(mount, "x");
        Files.createSymbolicLink(mount.resolve("10-rules"), Path.of("..data/10-rules"));
        Files.createSymbolicLink(mount.resolve("20-rules"), Path.of("..data/20-rules"));
        try (Admission admission = Admission.open(Optional.of(new PolicyConfig(mount, Duration.ofHours(1))), STORE)) {
            AtomicBoolean stop = new AtomicBoolean();
            Thread swapper = Thread.ofPlatform().start(() -> {
                for (int i = 0; !stop.get(); i++) {
                    swap(mount, i % 2 == 0 ? "y" : "x");
                }
            });
            try {
                for (int i = 0; i < 500; i++) {
                    admission.look();
                    assertThat(admission.isOutdated()).isFalse();
                    // Both files of one version and none of the other: nothing but the reader changes the policy.
                    boolean first = admits(admission, "x1");
                    assertThat(admits(admission, "x2")).isEqualTo(first);
                    assertThat(admits(admission, "y1")).isEqualTo(!first);
                    assertThat(admits(admission, "y2")).isEqualTo(!first);
                }
            } finally {
                stop.set(true);
                swapper.join();
            }
        }
    }

    private static void swap(Path mount, String version) {
        try {
            Path link = mount.resolve("..data_tmp");
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, Path.of(".." + version));
            Files.move(link, mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void twoDefaultsInOneDirectoryAreRefused() throws IOException {
        Path mount = Files.createDirectory(dir.resolve("map"));
        Files.writeString(mount.resolve("a"), "default: {}");
        Files.writeString(mount.resolve("b"), "default: {}");
        assertThatThrownBy(() -> Admission.open(Optional.of(PolicyConfig.of(mount)), STORE))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("there is a default in");
    }
}
