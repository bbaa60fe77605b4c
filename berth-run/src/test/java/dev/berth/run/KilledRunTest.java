package dev.berth.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Project;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A run that is killed at a random moment leaves nothing that the next start does not remove: while Nix builds, while the
 * closure is copied, while volumes are mounted, while containers run, while all of it is taken away.
 */
class KilledRunTest {
    private static final int KILLS = 30;

    @Test
    void nothingIsLeft() throws Exception {
        Requires.root();
        Requires.program("nix-store");
        Requires.that(Files.isExecutable(Path.of("/usr/bin/busybox")), "needs busybox-static");
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path root = Files.createTempDirectory("berth-killed");
        Path file = root.resolve("pod.nix");
        Path quick = Files.writeString(root.resolve("quick.yaml"), """
                {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {restartPolicy: Never, containers: [
                  {name: a, image: x, command: ['true']}]}}
                """);
        long whole = TimeUnit.SECONDS.toMillis(3);
        for (int i = 0; i < KILLS; i++) {
            Files.writeString(file, pod(i));
            long begun = System.nanoTime();
            boolean killed;
            // Collects at its end, so that some are killed while they do.
            try (RunProcess run = RunProcess.start(root, file, "collect")) {
                killed = !run.process().waitFor(random.nextLong(whole), TimeUnit.MILLISECONDS);
                run.process().destroyForcibly().waitFor();
            }
            if (!killed) {
                whole = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun); // it was quicker than thought
            }
            State state = State.of(root);
            if (Files.exists(root.resolve("cache/nar"))) {
                state.cacheIsWhole(); // at any moment
            }
            boolean tenth = i % 10 == 9;
            try (RunProcess next =
                    tenth ? RunProcess.start(root, file, "collect") : RunProcess.start(root, quick, "collect", "/")) {
                assertThat(next.end()).as("seed %d: %s", seed, next.said()).isZero();
                if (tenth) {
                    assertThat(next.printed()).contains("[pod/killed/a] run " + i + "\n", "[pod/killed/b] beside\n");
                }
            }
            state.hasNothingHalfDone();
            if (tenth) {
                state.isClean();
            }
        }
        State.of(root).delete();
    }

    /**
     * The kernel takes back its promise to kill a process with its parent when the process changes its user, so such a
     * container may outlive a killed run; the next start finds it by its root file system.
     */
    @Test
    void containersOfOtherUsersAreFound() throws Exception {
        Requires.root();
        Path root = Files.createTempDirectory("berth-killed");
        Path file = Files.writeString(root.resolve("pod.yaml"), """
                {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {restartPolicy: Never, containers: [
                  {name: a, image: x, command: [sh, -c, 'id -u; sleep 600'], securityContext: {runAsUser: 1234}}]}}
                """);
        Path next = Files.writeString(root.resolve("next.yaml"), """
                {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {restartPolicy: Never, containers: [
                  {name: a, image: x, command: [echo, next]}]}}
                """);
        try (RunProcess run = RunProcess.start(root, file, "", "/")) {
            State.waitFor(() -> run.printed().contains("1234"), run::said);
            run.process().destroyForcibly().waitFor();
        }
        try (RunProcess run = RunProcess.start(root, next, "", "/")) {
            assertThat(run.end()).as(run.said()).isZero();
            assertThat(run.printed()).isEqualTo("[pod/p/a] next\n");
            assertThat(run.said()).contains("an earlier run left something behind: cleaning up (killed ");
        }
        State.of(root).hasNothingHalfDone();
        State.of(root).delete();
    }

    /** Different each time, so that there is something to build and copy. */
    private static String pod(int number) throws IOException {
        return """
                let
                  busybox = import %s;
                  data = derivation {
                    name = "data"; system = builtins.currentSystem; builder = "${busybox}/busybox";
                    args = [ "sh" "-c" ''
                      ${busybox}/busybox mkdir $out
                      ${busybox}/busybox dd if=/dev/urandom of=$out/blob bs=1024 count=2048
                      echo "run %d" > $out/text
                      ${busybox}/busybox sleep 0.1
                    '' ];
                  };
                in {
                  apiVersion = "v1"; kind = "Pod"; metadata.name = "killed";
                  spec = {
                    restartPolicy = "Never";
                    containers = [
                      {
                        name = "a"; image = "scratch";
                        command = [ "${busybox}/busybox" "sh" "-c" "${busybox}/busybox cat /nix/var/result/text; ${busybox}/busybox sleep 0.3" ];
                        volumeMounts = [ { name = "nix"; mountPath = "/nix"; subPath = "nix"; } ];
                      }
                      {
                        name = "b"; image = "scratch";
                        command = [ "${busybox}/busybox" "sh" "-c" "(${busybox}/busybox sleep 60 &) ; echo beside; exit 0" ];
                      }
                    ];
                    volumes = [ { name = "nix"; csi = { driver = "nixkube"; volumeAttributes.${builtins.currentSystem} = data; }; } ];
                  };
                }
                """.formatted(Project.root().resolve("examples/busybox.nix"), number);
    }
}
