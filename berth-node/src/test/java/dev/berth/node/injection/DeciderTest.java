package dev.berth.node.injection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeciderTest {
    private static final String APP = "/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-app-1.0";
    private static final String OTHER = "/nix/store/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-other=x";
    private static final String SYSTEM = "x86_64-linux";
    private static final Decider DECIDER = new Decider(StoreDir.DEFAULT, SYSTEM, Set.of("kata"));

    private static ContainerSpec container(Map<String, String> annotations, List<String> env, String... mountPoints) {
        return new ContainerSpec("web", annotations, "", List.of("/bin/run"), env, List.of(mountPoints));
    }

    private static Decision decide(Map<String, String> annotations) {
        return DECIDER.decide(container(annotations, List.of()));
    }

    private static Injection injection(Map<String, String> annotations) {
        Decision decision = decide(annotations);
        assertThat(decision).isInstanceOf(Decision.Inject.class);
        return ((Decision.Inject) decision).injection();
    }

    private static String refusal(Map<String, String> annotations) {
        Decision decision = decide(annotations);
        assertThat(decision).isInstanceOf(Decision.Refuse.class);
        return ((Decision.Refuse) decision).reason();
    }

    private static StorePath path(String text) {
        return StoreDir.DEFAULT.parse(text);
    }

    @Test
    void pathsAreFoundInAnnotationsCommandsAndEnvironment() {
        assertThat(injection(Map.of("nix-nri/pod", "see " + OTHER + ", and " + APP))
                        .packages())
                .containsExactly(path(OTHER), path(APP));
        Decision implicit = DECIDER.decide(new ContainerSpec(
                "web",
                Map.of(),
                "",
                List.of("sh", "-c", APP + "/bin/run"),
                List.of("A=" + OTHER + "/lib:/usr"),
                List.of()));
        assertThat(implicit)
                .isEqualTo(new Decision.Inject(new Injection(List.of(path(APP), path(OTHER)), false, List.of())));
        assertThat(DECIDER.decide(container(Map.of("berth.dev/other", APP, "example.org/web", APP), List.of("A=b"))))
                .isEqualTo(new Decision.Leave(Decision.Reason.NO_PATHS));
    }

    @Test
    void exclusionComesBeforeEverythingElse() {
        Map<String, String> excluded = Map.of("nixkube/pod-exclude", "true", "berth.dev/web", "/nix/store/nonsense");
        assertThat(decide(excluded)).isEqualTo(new Decision.Leave(Decision.Reason.EXCLUDED));
        Map<String, String> back = new HashMap<>(excluded);
        back.put("berth.dev/web-exclude", "false");
        back.put("berth.dev/web", APP);
        assertThat(injection(back).packages()).containsExactly(path(APP));
    }

    @Test
    void aVolumeAtNixIsEnough() {
        for (String point : List.of("/nix", "/nix/", "//nix/./store", "/x/../nix")) {
            assertThat(DECIDER.decide(container(Map.of("berth.dev/pod-rw", "true"), List.of("A=" + APP), point)))
                    .isEqualTo(new Decision.Leave(Decision.Reason.ALREADY_MOUNTED));
        }
        assertThat(DECIDER.decide(container(Map.of(), List.of("A=" + APP), "/nixos", "/data/nix")))
                .isInstanceOf(Decision.Inject.class);
    }

    @Test
    void containersWinOverPodsAndSystemsOverAllSystems() {
        assertThat(injection(Map.of(
                                "nixkube/pod@x86_64-linux", "/etc/a=" + APP,
                                "nixkube/web", "/etc/a=" + OTHER + "/b",
                                "nixkube/pod", "/etc/a=" + APP + "/c",
                                "nixkube/web@aarch64-linux", "/etc/a=" + APP + "/d"))
                        .mounts())
                .containsExactly(new StoreMount("/etc/a", path(OTHER), "/b"));
        assertThat(injection(Map.of(
                                "berth.dev/pod", "/etc/a=" + APP, "berth.dev/pod.x86_64-linux-1", "/etc/a=" + OTHER))
                        .mounts())
                .containsExactly(new StoreMount("/etc/a", path(OTHER), ""));
        assertThat(injection(Map.of("berth.dev/pod", APP, "berth.dev/pod-rw", "true", "berth.dev/web-rw", "false"))
                        .writable())
                .isFalse();
        assertThat(injection(Map.of(
                                "berth.dev/pod",
                                APP,
                                "berth.dev/pod-rw@x86_64-linux",
                                "true",
                                "berth.dev/pod-rw",
                                "false"))
                        .writable())
                .isTrue();
    }

    @Test
    void storeMountsHaveTheOlderPrefixesAndNormalPaths() {
        assertThat(injection(Map.of(
                                "nix-nri/pod-a", "file:/etc//passwd=" + APP + "/etc/passwd",
                                "nix-nri/pod-b", "dir:/etc/ssl/=" + APP + "/../../../etc/ssl"))
                        .mounts())
                .containsExactly(
                        new StoreMount("/etc/passwd", path(APP), "/etc/passwd"),
                        new StoreMount("/etc/ssl", path(APP), "/etc/ssl"));
    }

    @Test
    void nonsenseAndConflictsAreSaidInOneLine() {
        assertThat(refusal(Map.of("berth.dev/web", "/nix/store/nonsense"))).contains("berth.dev/web", "nonsense");
        assertThat(refusal(Map.of("berth.dev/pod-rw", "yes", "berth.dev/pod", APP)))
                .contains("neither true nor false");
        assertThat(refusal(Map.of("berth.dev/pod-rw", "true", "nixkube/pod-rw", "false", "nixkube/pod", APP)))
                .contains("berth.dev/pod-rw", "nixkube/pod-rw", "contradict");
        assertThat(refusal(Map.of("berth.dev/pod-1", "/a=" + APP, "berth.dev/pod-2", "/a=" + OTHER)))
                .contains("berth.dev/pod-1", "berth.dev/pod-2", "/a");
        for (String target : List.of("/", "/nix", "/nix/var", "/a/../b")) {
            assertThat(refusal(Map.of("berth.dev/pod", target + "=" + APP))).contains("berth.dev/pod");
        }
        assertThat(refusal(Map.of("berth.dev/pod", "/etc/a=github:x/y\u0007#z")))
                .contains("give a path in /nix/store");
    }

    @Test
    void podsInMachinesAreToldToUseVolumes() {
        ContainerSpec spec = new ContainerSpec("web", Map.of(), "kata", List.of(APP), List.of(), List.of());
        assertThat(DECIDER.decide(spec))
                .isInstanceOfSatisfying(
                        Decision.Refuse.class,
                        refuse -> assertThat(refuse.reason()).contains("kata", "CSI"));
    }

    /** Whatever keys and values there are: an answer of one line, the same each time, and only targets that may be mounted on. */
    @Test
    void anythingIsDecidedAbout() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> words = List.of(
                "berth.dev/",
                "nixkube/",
                "nix-nri/",
                "nix-csi/",
                "pod",
                "web",
                "web-b",
                "-rw",
                "-exclude",
                "@",
                ".",
                SYSTEM,
                "aarch64-linux",
                "-1",
                "true",
                "false",
                "=",
                "/",
                "..",
                "/etc",
                "/nix",
                "file:",
                "dir:",
                "\n",
                " ",
                ":",
                APP,
                OTHER,
                "/nix/store/",
                "\u0000",
                "é",
                "\r");
        for (int i = 0; i < 20_000; i++) {
            Map<String, String> annotations = new HashMap<>();
            for (int n = random.nextInt(4); n >= 0; n--) {
                annotations.put(words.get(random.nextInt(4)) + text(random, words, 3), text(random, words, 8));
            }
            ContainerSpec spec = container(annotations, List.of("A=" + text(random, words, 4)), text(random, words, 3));
            Decision decision = DECIDER.decide(spec);
            assertThat(DECIDER.decide(spec)).as("seed %d", seed).isEqualTo(decision);
            switch (decision) {
                case Decision.Leave _ -> {}
                case Decision.Refuse(String reason) ->
                    assertThat(reason)
                            .as("seed %d: %s", seed, annotations)
                            .isNotBlank()
                            .doesNotContain("\n", "\r", "\u0000");
                case Decision.Inject(Injection injection) -> {
                    List<String> targets = new ArrayList<>();
                    for (StoreMount mount : injection.mounts()) {
                        assertThat(mount.target())
                                .as("seed %d: %s", seed, annotations)
                                .startsWith("/")
                                .doesNotContain("//", "/..", "\u0000")
                                .doesNotEndWith("/")
                                .doesNotMatch("/nix(/.*)?");
                        assertThat(mount.below()).doesNotContain("..");
                        assertThat(injection.packages()).contains(mount.source());
                        targets.add(mount.target());
                    }
                    assertThat(targets).doesNotHaveDuplicates();
                }
            }
        }
    }

    private static String text(Random random, List<String> words, int most) {
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(most + 1); n > 0; n--) {
            text.append(words.get(random.nextInt(words.size())));
        }
        return text.toString();
    }
}
