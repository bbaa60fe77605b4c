package dev.berth.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Project;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole way of a file into containers, as its user sees it. Every example is run here. */
class LocalRunTest {
    private static Path root = Path.of("");

    @BeforeAll
    static void makeRoot() throws IOException {
        Requires.root();
        Requires.program("nix-store");
        Requires.that(Files.isExecutable(Path.of("/usr/bin/busybox")), "needs busybox-static");
        root = Files.createTempDirectory("berth-run");
    }

    @AfterAll
    static void removeRoot() throws IOException {
        if (!root.equals(Path.of(""))) {
            State.of(root).delete();
        }
    }

    record Example(String file, List<String> more, List<String> lines) {
        @Override
        public String toString() {
            return file;
        }
    }

    static Stream<Example> examples() {
        return Stream.of(
                new Example("hello/pod.nix", List.of(), List.of("[pod/hello/hello] Hello, world!")),
                new Example("modules/hello.nix", List.of(), List.of("[pod/hello/hello] Hello from a module!")),
                new Example(
                        "job/job.nix",
                        List.of(),
                        List.of(
                                "[pod/count/count] word: one",
                                "[pod/count/count] word: two",
                                "[pod/count/count] word: three",
                                "[pod/count/count] 3 words")),
                new Example(
                        "several/pods.nix",
                        List.of(),
                        List.of(
                                "[pod/greeter/greet] Good morning, world",
                                "[pod/greeter/keeper] 11",
                                "[pod/self/self] I am self on self")),
                new Example("rootfs/pod.yaml", List.of("", "/"), List.of("[pod/shell/shell] scribble as root")));
    }

    @ParameterizedTest
    @MethodSource("examples")
    void exampleRuns(Example example) throws Exception {
        Path file = Project.root().resolve("examples").resolve(example.file());
        try (RunProcess run = RunProcess.start(root, file, example.more().toArray(String[]::new))) {
            int code = run.end();
            assertThat(run.printed().lines()).as(run.said()).containsExactlyInAnyOrderElementsOf(example.lines());
            assertThat(code).isZero();
        }
        State.of(root).isClean();
        assertThat(Path.of("/etc/scribble")).doesNotExist();
    }

    @Test
    void noExampleIsForgotten() throws IOException {
        try (Stream<Path> files = Files.walk(Project.root().resolve("examples"))) {
            assertThat(files.filter(file -> file.getParent() != null
                                    && !file.getParent().equals(Project.root().resolve("examples")))
                            .filter(Files::isRegularFile)
                            // These are for clusters; what they render are tests of rendering.
                            .filter(file -> !file.endsWith("shop/shop.nix") && !file.endsWith("node/node.nix"))
                            .map(file -> Project.root()
                                    .resolve("examples")
                                    .relativize(file)
                                    .toString()))
                    .containsExactlyInAnyOrderElementsOf(
                            examples().map(Example::file).toList());
        }
    }

    @Test
    void terminationEndsContainersAndTakesVolumesAway() throws Exception {
        Path file = Files.writeString(root.resolve("sleep.nix"), sleeper());
        try (RunProcess run = RunProcess.start(root, file)) {
            State.waitFor(() -> run.printed().contains("started"), run::said);
            try (RunProcess second = RunProcess.start(root, file)) {
                assertThat(second.end()).isEqualTo(1);
                assertThat(second.said())
                        .contains(
                                "another 'berth run' (process " + run.process().pid() + ") uses " + root);
            }
            run.process().destroy();
            assertThat(run.end()).as(run.said()).isEqualTo(128 + 15);
            assertThat(run.printed()).isEqualTo("[pod/sleeper/sleeper] started\n[pod/sleeper/sleeper] bye\n");
        }
        State.of(root).isClean();
        assertThat(Files.getPosixFilePermissions(root.resolve("key")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void keptPodsAreRemovedByTheNextRun() throws Exception {
        Path hello = Project.root().resolve("examples/hello/pod.nix");
        try (RunProcess run = RunProcess.start(root, hello, "keep")) {
            assertThat(run.end()).as(run.said()).isZero();
            assertThat(run.said()).contains("pod/hello is kept in " + root + "/pods/");
        }
        try (Stream<Path> mounted = Files.walk(root.resolve("pods"), 6)) {
            assertThat(mounted.filter(path -> path.endsWith("mount/nix"))).hasSize(1);
        }
        try (RunProcess run = RunProcess.start(root, hello)) {
            assertThat(run.end()).as(run.said()).isZero();
        }
        State.of(root).isClean();
    }

    @Test
    void whatCannotRunIsToldInOneLine() throws Exception {
        refused(
                "image.yaml",
                "{kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: 'nginx:1'}]}}",
                1,
                "berth run pulls no images, and 'nginx:1' is not an empty one");
        refused(
                "driver.yaml",
                "{kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: scratch, command: [x]}], volumes: [{name: v, csi: {driver: other.csi}}]}}",
                1,
                "'other.csi' is not a driver of Berth");
        refused("broken.yaml", "kind: Pod\nmetadata: [\n", 1, "broken.yaml:3:");
        refused("broken.json", "{\n\"kind\" 1}", 1, "broken.json:2:");
        refused("config.yaml", "{kind: ConfigMap, metadata: {name: c}}", 1, "the file has no pod");
        refused("broken.yaml/no", 2, "no such file");
        refused(".", 2, "not a file");
        refused("file.txt", "", 1, "its name ends in none of");
        refused(
                "path.yaml",
                "{kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: scratch, command: [/nix/store/00000000000000000000000000000000-nobody/bin/x]}]}}",
                1,
                "Pod/p: spec.containers[0].command[0] names /nix/store/00000000000000000000000000000000-nobody");
        refused(
                "system.nix",
                "{ kind = \"Pod\"; metadata.name = \"p\"; spec = { containers = [ { name = \"a\"; image = \"scratch\"; command = [ \"x\" ]; volumeMounts = [ { name = \"v\"; mountPath = \"/nix\"; subPath = \"nix\"; } ]; } ]; volumes = [ { name = \"v\"; csi = { driver = \"nixkube\"; volumeAttributes.riscv64-linux = builtins.toFile \"x\" \"x\"; }; } ]; }; }",
                1,
                "cannot publish volume 'v'");
        State.of(root).isClean();
    }

    private static void refused(String name, String text, int code, String message) throws Exception {
        Files.writeString(root.resolve(name), text);
        refused(name, code, message);
    }

    private static void refused(String name, int code, String message) throws Exception {
        try (RunProcess run = RunProcess.start(root, root.resolve(name))) {
            assertThat(run.end()).as(run.said()).isEqualTo(code);
            assertThat(run.said()).contains(message);
            assertThat(run.said()).doesNotContain("\tat ");
            assertThat(run.printed()).isEmpty();
        }
    }

    /** A pod that takes SIGTERM well; its program is a store path. */
    static String sleeper() {
        return """
                let busybox = import %s; in {
                  apiVersion = "v1"; kind = "Pod"; metadata.name = "sleeper";
                  spec.containers = [ {
                    name = "sleeper"; image = "scratch";
                    command = [ "${busybox}/busybox" "sh" "-c"
                      "trap 'echo bye; exit 0' TERM; echo started; while :; do ${busybox}/busybox sleep 0.05; done" ];
                  } ];
                }
                """.formatted(Project.root().resolve("examples/busybox.nix"));
    }

    @Test
    void warmRunIsQuick() throws Exception {
        Path hello = Project.root().resolve("examples/hello/pod.nix");
        for (int i = 0; i < 2; i++) {
            long before = System.nanoTime();
            try (RunProcess run = RunProcess.start(root, hello)) {
                State.waitFor(() -> run.printed().contains("Hello, world!"), run::said);
                System.out.println("berth run, to the first line: "
                        + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before) + " ms");
                assertThat(run.end()).isZero();
            }
        }
    }
}
