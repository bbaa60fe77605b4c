package dev.berth.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.deploy.render.KubeObject;
import dev.berth.deploy.render.Nix;
import dev.berth.deploy.render.NixStore;
import dev.berth.deploy.render.Renderer;
import dev.berth.testing.Requires;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers in real namespaces, on the files of this machine; no volume needs a driver here. */
class PodRunTest {
    @TempDir
    private Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void needs() {
        Requires.root();
        Requires.program("unshare");
        Requires.program("setpriv");
    }

    private int run(String yaml) throws IOException, InterruptedException {
        return run(yaml, Optional.of(Path.of("/")));
    }

    private int run(String yaml, Optional<Path> rootfs) throws IOException, InterruptedException {
        Path file = Files.writeString(directory.resolve("pod.yaml"), yaml);
        Layout layout = new Layout(directory.toRealPath());
        Files.createDirectories(layout.stage());
        List<KubeObject> objects = new ArrayList<>();
        Nix none = new Nix(new NixStore(directory, List.of()), directory, line -> {});
        new Renderer(none, Set::copyOf).render(file, objects::addAll);
        Console console = new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
        Pod pod = PodReader.read(objects, new Ignored(), rootfs.isPresent()).getFirst();
        try (Drivers drivers = new Drivers(Map.of())) {
            int code = new PodRun(layout, Programs.find(), rootfs, drivers, console, false).run(pod);
            assertThat(layout.pods()).isEmptyDirectory();
            assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(layout.mark());
            return code;
        }
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private static String pod(String spec) {
        return "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n" + spec.indent(2);
    }

    @Test
    void outputHasPodAndContainerInFront() throws Exception {
        int code = run(pod("""
                restartPolicy: Never
                containers:
                - {name: a, image: x, command: [sh, -c, 'echo one; echo two >&2; printf three']}
                """));
        assertThat(code).isZero();
        assertThat(printed().lines()).containsExactlyInAnyOrder("[pod/p/a] one", "[pod/p/a] two", "[pod/p/a] three");
    }

    @Test
    void firstExitCodeInTheOrderOfTheContainersWins() throws Exception {
        int code = run(pod("""
                restartPolicy: Never
                containers:
                - {name: a, image: x, command: ['true']}
                - {name: b, image: x, command: [sh, -c, 'sleep 0.3; exit 7']}
                - {name: c, image: x, command: [sh, -c, 'exit 3']}
                """));
        assertThat(code).isEqualTo(7);
    }

    @Test
    void deathBySignalIs128AndItsNumber() throws Exception {
        assertThat(run(pod("""
                restartPolicy: Never
                containers:
                - {name: a, image: x, command: [sh, -c, "sh -c 'kill -11 $$$$'; exit $?"]}
                """))).isEqualTo(128 + 11);
    }

    @Test
    void rootFilesAreNotWrittenAndDevicesWork() throws Exception {
        int code = run(pod("""
                restartPolicy: Never
                containers:
                - name: a
                  image: x
                  command: [sh, -c]
                  args: ['set -e; echo x > /etc/berth-scribble; head -c 3 /dev/zero | wc -c; echo y > /dev/null; test -c /dev/ptmx; touch /dev/shm/a /tmp/a; hostname; cat /etc/hostname; echo $$$$; ls /proc | grep -c "^[0-9]"']
                """));
        assertThat(said()).isEmpty();
        assertThat(printed().lines().map(line -> line.substring(line.indexOf(']') + 2)))
                .containsExactly("3", "p", "p", "1", "3");
        assertThat(code).isZero();
        assertThat(Path.of("/etc/berth-scribble")).doesNotExist();
    }

    @Test
    void sharedMemoryIsOneForThePod() throws Exception {
        int code = run(pod("""
                restartPolicy: Never
                containers:
                - {name: a, image: x, command: [sh, -c, 'echo hello > /dev/shm/part; mv /dev/shm/part /dev/shm/word']}
                - {name: b, image: x, command: [sh, -c, 'until test -e /dev/shm/word; do sleep 0.1; done; cat /dev/shm/word']}
                """));
        assertThat(printed()).isEqualTo("[pod/p/b] hello\n");
        assertThat(code).isZero();
    }

    @Test
    void initContainersRunInOrderAndShareVolumes() throws Exception {
        int code = run(pod("""
                restartPolicy: Never
                initContainers:
                - {name: i1, image: x, command: [sh, -c, 'echo 1 > /v/f'], volumeMounts: [{name: v, mountPath: /v}]}
                - {name: i2, image: x, command: [sh, -c, 'echo 2 >> /v/f'], volumeMounts: [{name: v, mountPath: /v}]}
                containers:
                - name: a
                  image: x
                  command: [sh, -c, 'cat /w/f; echo 3 2>/dev/null > /w/f || echo read-only; ls -A /s']
                  volumeMounts: [{name: v, mountPath: /w, readOnly: true}, {name: v, mountPath: /s, subPath: not/yet}]
                volumes: [{name: v, emptyDir: {}}]
                """));
        assertThat(code).isZero();
        assertThat(printed()).isEqualTo("[pod/p/a] 1\n[pod/p/a] 2\n[pod/p/a] read-only\n");
    }

    @Test
    void failingInitContainerStopsThePod() throws Exception {
        int code = run(pod("""
                restartPolicy: Never
                initContainers:
                - {name: i1, image: x, command: [sh, -c, 'exit 4']}
                containers:
                - {name: a, image: x, command: [echo, never]}
                """));
        assertThat(code).isEqualTo(4);
        assertThat(printed()).isEmpty();
        assertThat(said()).contains("init container 'i1' exited with 4");
    }

    @Test
    void sidecarRunsBesideAndIsEnded() throws Exception {
        int code = run(pod("""
                restartPolicy: Never
                initContainers:
                - name: side
                  image: x
                  restartPolicy: Always
                  command: [sh, -c, 'trap "echo bye; exit 0" TERM; echo up > /v/up; while :; do sleep 0.1; done']
                  volumeMounts: [{name: v, mountPath: /v}]
                containers:
                - {name: a, image: x, command: [sh, -c, 'until test -e /v/up; do sleep 0.1; done; cat /v/up'], volumeMounts: [{name: v, mountPath: /v}]}
                volumes: [{name: v, emptyDir: {}}]
                """));
        assertThat(code).isZero();
        assertThat(printed()).contains("[pod/p/a] up\n").contains("[pod/p/side] bye\n");
    }

    @Test
    void configurationAsFilesAndVariables() throws Exception {
        int code = run("""
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {k: 'v-$(X)', other: o}, binaryData: {b: aGk=}}
                - {apiVersion: v1, kind: Secret, metadata: {name: s}, data: {p: c2VjcmV0}, stringData: {q: plain}}
                - apiVersion: v1
                  kind: Pod
                  metadata: {name: p, labels: {app: demo}}
                  spec:
                    restartPolicy: Never
                    containers:
                    - name: a
                      image: x
                      command: [sh, -c, 'echo $A $B $C $D $(B) ''$$(B) $(NO)'' $P_k; cat /c/renamed /s/p /one; ls /c; stat -c %a /s/q']
                      envFrom: [{configMapRef: {name: c}, prefix: P_}]
                      env:
                      - {name: B, value: bee}
                      - {name: A, value: 'x$(B)y'}
                      - {name: C, valueFrom: {secretKeyRef: {name: s, key: p}}}
                      - {name: D, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
                      volumeMounts:
                      - {name: c, mountPath: /c}
                      - {name: s, mountPath: /s}
                      - {name: all, mountPath: /one, subPath: b}
                    volumes:
                    - {name: c, configMap: {name: c, items: [{key: other, path: renamed}]}}
                    - {name: all, configMap: {name: c}}
                    - {name: s, secret: {secretName: s, defaultMode: 0400}}
                """);
        assertThat(said()).isEmpty();
        assertThat(printed().lines().map(line -> line.substring("[pod/p/a] ".length())))
                .containsExactly("xbeey bee secret demo bee $(B) $(NO) v-$(X)", "osecrethirenamed", "400");
        assertThat(code).isZero();
    }

    @Test
    void missingProgramIsToldInPlainWords() throws Exception {
        int code = run(pod("""
                        restartPolicy: Never
                        containers:
                        - {name: a, image: scratch, command: [/bin/nothing]}
                        """), Optional.empty());
        assertThat(code).isEqualTo(127);
        assertThat(said())
                .isEqualTo("berth: container 'a': the program '/bin/nothing' does not exist in the container; an empty"
                        + " image has no files of its own: give a store path as command\n");
    }

    @Test
    void restartsOnFailureAreCounted() throws Exception {
        int code = run(pod("""
                restartPolicy: OnFailure
                containers:
                - name: a
                  image: x
                  command: [sh, -c, 'echo x >> /v/n; test $(wc -l < /v/n) = 2']
                  volumeMounts: [{name: v, mountPath: /v}]
                volumes: [{name: v, emptyDir: {}}]
                """));
        assertThat(code).isZero();
        assertThat(said()).isEqualTo("berth: pod/p/a exited with 1, starting it again in 1 s\n");
    }

    @Test
    void subPathCannotLeaveItsVolume() throws Exception {
        int code = run(pod("""
                restartPolicy: Never
                initContainers:
                - {name: i, image: x, command: [ln, -s, /, /v/out], volumeMounts: [{name: v, mountPath: /v}]}
                containers:
                - {name: a, image: x, command: [ls, /s], volumeMounts: [{name: v, mountPath: /s, subPath: out/etc}]}
                volumes: [{name: v, emptyDir: {}}]
                """));
        assertThat(code).isEqualTo(127);
        assertThat(said()).contains("cannot mount volume 'v' (subPath 'out/etc') at /s");
        assertThat(printed()).isEmpty();
    }

    @Test
    void runsAsAnotherUser() throws Exception {
        assertThat(run(pod("""
                restartPolicy: Never
                securityContext: {runAsUser: 1234}
                containers:
                - {name: a, image: x, command: [id, -u], securityContext: {runAsGroup: 55}}
                """))).isZero();
        assertThat(printed()).isEqualTo("[pod/p/a] 1234\n");
    }
}
