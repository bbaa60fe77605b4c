package dev.berth.node.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.linux.MountAttribute;
import dev.berth.linux.Mounts;
import dev.berth.linux.Propagation;
import dev.berth.node.doctor.Finding.Verdict;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** This machine, and this machine with something taken away in a mount namespace of a thread's own. */
class DoctorTest {
    @TempDir
    private Path dir;

    private Path kubelet;

    @BeforeEach
    void needRoot() throws IOException {
        Requires.root();
        dir = dir.toRealPath();
        kubelet = dir.resolve("kubelet");
        Files.createDirectories(kubelet.resolve("plugins_registry"));
    }

    private Patient patient() {
        return new Patient(
                Optional.empty(),
                Optional.of(dir.resolve("root")),
                Optional.of(kubelet),
                Optional.of(dir.resolve("nri.sock")));
    }

    private interface Mounting {
        void run() throws IOException;
    }

    /**
     * With something mounted at a place. Not in a namespace of its own: the doctor starts processes and threads, and those
     * would stay in that namespace, from where all that the other tests of this JVM mount could not be seen.
     */
    private Diagnosis examineWith(Path place, Mounting mounting) throws IOException {
        mounting.run();
        try {
            return Doctor.examine(patient());
        } finally {
            Mounts.unmount(place, Mounts.Unmount.DETACH);
        }
    }

    /** With kubelet's directory as a DaemonSet has it, or as it is without {@code mountPropagation}. */
    private Diagnosis examineInPod(Propagation propagation) throws IOException {
        return examineWith(kubelet, () -> {
            Mounts.bind(kubelet, kubelet, false);
            Mounts.setPropagation(kubelet, propagation, false);
        });
    }

    private static Finding finding(Diagnosis diagnosis, String name) {
        return diagnosis.findings().stream()
                .filter(finding -> finding.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing about " + name + " in " + diagnosis));
    }

    @Test
    void thisMachineDoesCsiAndNothingIsLeft() throws Exception {
        Diagnosis diagnosis = examineInPod(Propagation.SHARED);
        assertThat(diagnosis.csi()).as(diagnosis.toString()).isTrue();
        assertThat(diagnosis.nri()).isFalse();
        assertThat(finding(diagnosis, NriCheck.NAME).change()).contains("io.containerd.nri.v1.nri");
        assertThat(finding(diagnosis, PresentationCheck.HARD_LINKS).verdict()).isEqualTo(Verdict.OK);
        assertThat(finding(diagnosis, HookCheck.NAME).verdict()).isEqualTo(Verdict.OK);
        try (Stream<String> limit = Files.lines(Path.of("/proc/sys/fs/mount-max"))) {
            assertThat(finding(diagnosis, LimitsCheck.MOUNTS).why())
                    .contains("of " + limit.findFirst().orElseThrow() + " are");
        }
        assertThat(dir).isDirectoryNotContaining(path -> !path.equals(kubelet));
        diagnosis.findings().forEach(finding -> {
            assertThat(finding.why()).isNotEmpty().doesNotContain("\n");
            assertThat(finding.change().isEmpty()).isEqualTo(finding.verdict() == Verdict.OK);
        });
    }

    @Test
    void aSocketThatAnswersDoesNriAndOneThatDoesNotDoesNot() throws IOException {
        Path socket = dir.resolve("nri.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            assertThat(Doctor.examine(patient()).nri()).isTrue();
        }
        Finding dead = finding(Doctor.examine(patient()), NriCheck.NAME);
        assertThat(dead.verdict()).isEqualTo(Verdict.NO);
        assertThat(dead.why()).startsWith("nobody answers");
    }

    @Test
    void withoutKubeletThereIsNoCsi() throws IOException {
        Files.delete(kubelet.resolve("plugins_registry"));
        assertThat(finding(Doctor.examine(patient()), KubeletCheck.SOCKETS).verdict())
                .isEqualTo(Verdict.LIMITED);
        Files.delete(kubelet);
        Diagnosis diagnosis = Doctor.examine(patient());
        assertThat(diagnosis.csi()).isFalse();
        assertThat(finding(diagnosis, KubeletCheck.SOCKETS).change()).contains("--kubelet-dir");
    }

    @Test
    void aKubeletDirectoryThatIsNotSharedHidesVolumes() throws Exception {
        Diagnosis diagnosis = examineInPod(Propagation.PRIVATE);
        assertThat(diagnosis.csi()).isFalse();
        assertThat(finding(diagnosis, KubeletCheck.PROPAGATION).change()).contains("Bidirectional");
        assertThat(finding(examineInPod(Propagation.SHARED), KubeletCheck.PROPAGATION)
                        .verdict())
                .isEqualTo(Verdict.OK);
    }

    @Test
    void aStoreOnAnotherMountHasNoHardLinksAndATmpfsNoComposefs() throws Exception {
        Path store = Files.createDirectories(dir.resolve("root/nix/store"));
        Files.createDirectories(dir.resolve("root/nix/var/berth"));
        // As NixOS has it: the same file system, but another mount.
        Diagnosis diagnosis = examineWith(store, () -> Mounts.bind(store, store, false));
        Finding links = finding(diagnosis, PresentationCheck.HARD_LINKS);
        assertThat(links.verdict()).isEqualTo(Verdict.LIMITED);
        assertThat(links.why()).contains("EXDEV");
        assertThat(store).isEmptyDirectory();
        Path root = dir.resolve("root");
        Diagnosis tmpfs = examineWith(root, () -> Mounts.mount("tmpfs", "tmpfs", root, Set.of(), "size=64m"));
        assertThat(finding(tmpfs, PresentationCheck.COMPOSEFS).verdict()).isEqualTo(Verdict.LIMITED);
        assertThat(finding(tmpfs, DiskCheck.SPACE).verdict()).isEqualTo(Verdict.NO);
    }

    /** A node that may not execute what is on its data disk: volumes work, hooks do not. */
    @Test
    void aRootThatIsMountedNoexecHasNoHooks() throws Exception {
        Files.createDirectories(dir.resolve("root"));
        Path socket = dir.resolve("nri.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            assertThat(Doctor.examine(patient()).nri()).isTrue();
            Diagnosis diagnosis = examineWith(dir, () -> {
                Mounts.bind(dir, dir, false);
                Mounts.setAttributes(dir, Set.of(MountAttribute.NO_EXEC), Set.of(), false);
                Mounts.setPropagation(dir, Propagation.SHARED, false);
            });
            Finding hook = finding(diagnosis, HookCheck.NAME);
            assertThat(hook.verdict()).isEqualTo(Verdict.NO);
            assertThat(hook.why()).contains(dir.resolve("root").toString(), "Permission denied");
            assertThat(hook.change()).contains("noexec");
            assertThat(diagnosis.nri()).isFalse();
            assertThat(diagnosis.csi()).isTrue();
        }
        assertThat(dir.resolve("root")).isEmptyDirectory();
    }

    /** An overlay, as the root of a container is, takes no mapped ids. */
    @Test
    void mappedIdsAreTriedOnTheFileSystemOfTheRoot() throws Exception {
        Requires.program("unshare");
        Path root = Files.createDirectories(dir.resolve("root"));
        Finding here = finding(Doctor.examine(patient()), MappedIdsCheck.NAME);
        assertThat(here.verdict()).as(here.why()).isEqualTo(Verdict.OK);
        for (String part : List.of("lower", "upper", "work")) {
            Files.createDirectory(dir.resolve(part));
        }
        Diagnosis overlay = examineWith(
                root,
                () -> Mounts.mount(
                        "overlay",
                        "overlay",
                        root,
                        Set.of(),
                        "lowerdir=" + dir.resolve("lower") + ",upperdir=" + dir.resolve("upper") + ",workdir="
                                + dir.resolve("work")));
        Finding there = finding(overlay, MappedIdsCheck.NAME);
        assertThat(there.verdict()).isEqualTo(Verdict.LIMITED);
        assertThat(there.why()).contains(root.toString(), "EINVAL");
        assertThat(there.change()).contains("ext4");
    }

    @Test
    void whatTheConfigurationNamesIsLookedAt() throws IOException {
        Path file = Files.writeString(dir.resolve("node.yaml"), """
                root: %s
                substituters: ["http://127.0.0.1:1", "http://user:s3cret@127.0.0.1:1/private"]
                policy: %s
                expressions: {nix: %s}
                nri: {socket: %s}
                """.formatted(
                        dir.resolve("root"), dir.resolve("policy"), dir.resolve("no-nix"), dir.resolve("named.sock")));
        Patient patient = new Patient(Optional.of(file), Optional.empty(), Optional.of(kubelet), Optional.empty());
        Diagnosis diagnosis = Doctor.examine(patient);
        assertThat(finding(diagnosis, "cache http://127.0.0.1:1").verdict()).isEqualTo(Verdict.LIMITED);
        assertThat(finding(diagnosis, ConfigCheck.KEYS).verdict()).isEqualTo(Verdict.LIMITED);
        assertThat(finding(diagnosis, ConfigCheck.POLICY).verdict()).isEqualTo(Verdict.NO);
        assertThat(finding(diagnosis, "cache http://user@127.0.0.1:1/private").verdict())
                .isEqualTo(Verdict.LIMITED);
        assertThat(diagnosis.toString()).doesNotContain("s3cret");
        Finding expressions = finding(diagnosis, ConfigCheck.EXPRESSIONS);
        assertThat(expressions.verdict()).isEqualTo(Verdict.LIMITED);
        assertThat(expressions.why()).contains("no-nix");
        assertThat(finding(diagnosis, NriCheck.NAME).why()).contains("named.sock");
        assertThat(diagnosis.csi()).isFalse();
        Files.writeString(file, "trusted-public-keys: [nonsense]");
        Finding bad = finding(Doctor.examine(patient), ConfigCheck.NAME);
        assertThat(bad.verdict()).isEqualTo(Verdict.NO);
    }
}
