package dev.berth.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.StorePath;
import dev.berth.testing.Project;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What no run used for long goes, and nothing else. */
class GarbageCollectionTest {
    private Path root = Path.of("");

    @BeforeEach
    void makeRoot() throws IOException {
        Requires.root();
        Requires.program("nix-store");
        Requires.that(Files.isExecutable(Path.of("/usr/bin/busybox")), "needs busybox-static");
        root = Files.createTempDirectory("berth-collect");
    }

    @AfterEach
    void removeRoot() throws IOException {
        if (!root.equals(Path.of(""))) {
            State.of(root).delete();
        }
    }

    @Test
    void whatWasNotUsedGoesFromEveryStore() throws Exception {
        run("one", "collect"); // the first one of a root has nothing to collect
        StorePath one = used("one");
        assertThat(holders(one)).containsExactly("build", "cache", "node");
        assertThat(run("two", "collect"))
                .containsPattern(
                        "berth: collected 1 path that no run of the last 0 days needed, [1-9][0-9]* KiB freed");
        assertThat(holders(one)).isEmpty();
        StorePath two = used("two");
        assertThat(holders(two)).containsExactly("build", "cache", "node");
        assertThat(holders(used("busybox"))).containsExactly("build", "cache", "node");
        try (Stream<Path> nars = Files.list(root.resolve("cache/nar"))) {
            assertThat(nars).hasSize(2);
        }
        State.of(root).isClean();
        assertThat(run("one", "")).doesNotContain("collected");
        assertThat(holders(two)).as("the last collection is young").hasSize(3);
        State.of(root).isClean();
    }

    @Test
    void whatAPublishedVolumeUsesStays() throws Exception {
        run("one", "keep");
        StorePath one = used("one");
        FileTime old = FileTime.from(Instant.now().minus(Duration.ofDays(3)));
        try (Stream<Path> uses = Files.list(root.resolve("used"))) {
            for (Path use : uses.toList()) {
                Files.setLastModifiedTime(use, old);
            }
        }
        Retention retention = new Retention(Duration.ofDays(2), Duration.ofHours(6));
        GarbageCollection first = new GarbageCollection(new Layout(root), retention);
        assertThat(first.isDue()).as("the root is new").isFalse();
        Files.setLastModifiedTime(root.resolve("collected"), old);
        GarbageCollection collection = new GarbageCollection(new Layout(root), retention);
        assertThat(collection.isDue()).isTrue();
        Optional<String> told = collection.run();
        assertThat(told).hasValueSatisfying(said -> assertThat(said).contains("that no run of the last 2 days"));
        assertThat(holders(one)).containsExactly("node");
        try (Stream<Path> files = Files.walk(root.resolve("pods"), 12)) {
            List<Path> texts = files.filter(file -> file.endsWith("nix/var/result"))
                    .map(result -> result.resolveSibling("../store/" + one.baseName()))
                    .toList();
            assertThat(texts).isNotEmpty().allSatisfy(file -> assertThat(file).hasContent("one"));
        }
        run("two", "collect"); // takes the kept pod away first
        assertThat(holders(one)).isEmpty();
        State.of(root).isClean();
    }

    private String run(String name, String word) throws Exception {
        Path file = Files.writeString(
                root.resolve("pod.nix"), """
                let busybox = import %s; data = builtins.toFile "%s" "%2$s\\n"; in {
                  apiVersion = "v1"; kind = "Pod"; metadata.name = "p";
                  spec = {
                    restartPolicy = "Never";
                    containers = [ {
                      name = "a"; image = "scratch"; command = [ "${busybox}/busybox" "cat" data ];
                      volumeMounts = [ { name = "nix"; mountPath = "/nix"; subPath = "nix"; } ];
                    } ];
                    volumes = [ { name = "nix"; csi = {
                      driver = "nixkube"; readOnly = true; volumeAttributes.${builtins.currentSystem} = data;
                    }; } ];
                  };
                }
                """.formatted(Project.root().resolve("examples/busybox.nix"), name));
        try (RunProcess run = RunProcess.start(root, file, word)) {
            assertThat(run.end()).as(run.said()).isZero();
            assertThat(run.printed()).isEqualTo("[pod/p/a] " + name + "\n");
            return run.said();
        }
    }

    private StorePath used(String name) throws IOException {
        try (Stream<Path> uses = Files.list(root.resolve("used"))) {
            return uses.map(use -> new StorePath(use.getFileName().toString()))
                    .filter(path -> path.name().startsWith(name))
                    .findAny()
                    .orElseThrow();
        }
    }

    private List<String> holders(StorePath path) {
        return Stream.of(
                        "build/nix/store/" + path.baseName(),
                        "cache/" + path.hashPart() + ".narinfo",
                        "node/nix/store/" + path.baseName())
                .filter(file -> Files.exists(root.resolve(file)))
                .map(file -> file.substring(0, file.indexOf('/')))
                .toList();
    }
}
