package dev.berth.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.testing.Requires;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mounts on the real kernel, each test in a mount namespace of its own, which takes its mounts along when it ends. */
final class MountsTest {
    @TempDir
    private Path temp;

    @BeforeEach
    void needRoot() throws IOException {
        Requires.root();
        temp = temp.toRealPath();
    }

    private static void isolated(Callable<?> body) throws IOException, InterruptedException {
        NamespaceThread.inNew(Set.of(Namespace.MOUNT), body);
    }

    private Path directory(String name) throws IOException {
        return Files.createDirectories(temp.resolve(name));
    }

    @Test
    void aFileSystemIsMountedAndTakenAway() throws Exception {
        Path at = directory("at");
        isolated(() -> {
            Mounts.mount(
                    "tmpfs", "berth", at, Set.of(MountAttribute.NO_DEV, MountAttribute.NO_SUID), "size=1m,mode=700");
            MountInfo mount = MountTable.at(at).orElseThrow();
            assertThat(mount.type()).isEqualTo("tmpfs");
            assertThat(mount.source()).isEqualTo("berth");
            assertThat(mount.options()).contains("rw", "nodev", "nosuid");
            assertThat(mount.superOptions()).contains("size=1024k");
            try (Directory root = Directory.open(at)) {
                assertThat(root.fileSystem().magic()).isEqualTo(FileSystemStat.TMPFS);
                assertThat(root.fileSystem().size()).isEqualTo(1 << 20);
                assertThat(root.stat().mount()).isEqualTo(mount.id());
                assertThat(root.stat().mountRoot()).isTrue();
                assertThat(root.stat().device()).isEqualTo(mount.device());
                errno(Errno.EBUSY, () -> Mounts.unmount(at, Mounts.Unmount.IDLE));
            }
            Mounts.unmount(at, Mounts.Unmount.IDLE);
            assertThat(MountTable.at(at)).isEmpty();
            errno(Errno.EINVAL, () -> Mounts.unmount(at, Mounts.Unmount.IDLE));
            return null;
        });
    }

    @Test
    void noMountLeavesItsNamespace() throws Exception {
        Path at = directory("at");
        isolated(() -> {
            Mounts.mount("tmpfs", "berth", at, Set.of(), "");
            Files.writeString(at.resolve("inside"), "x");
            assertThat(MountTable.at(at)).isPresent();
            return null;
        });
        assertThat(MountTable.at(at)).isEmpty();
        assertThat(at).isEmptyDirectory();
    }

    @Test
    void aTreeOfBindsBecomesReadOnlyAtOnce() throws Exception {
        Path source = directory("source");
        Path target = directory("target");
        isolated(() -> {
            Files.createDirectory(source.resolve("sub"));
            Mounts.mount("tmpfs", "berth", source.resolve("sub"), Set.of(), "");
            Mounts.bind(source, target, true);
            assertThat(MountTable.below(target)).hasSize(2);
            Mounts.setAttributes(target, Set.of(MountAttribute.READ_ONLY), Set.of(), true);
            for (Path directory : List.of(target, target.resolve("sub"))) {
                assertThat(MountTable.at(directory).orElseThrow().readOnly()).isTrue();
                try (Directory open = Directory.open(directory)) {
                    errno(Errno.EROFS, () -> open.makeDirectory(Names.bytes("x"), 0755));
                    assertThat(open.fileSystem().readOnly()).isTrue();
                }
            }
            // The source is as it was.
            Files.writeString(source.resolve("sub/file"), "x");
            assertThat(target.resolve("sub/file")).hasContent("x");
            Mounts.setAttributes(target, Set.of(), Set.of(MountAttribute.READ_ONLY), false);
            Files.writeString(target.resolve("file"), "x");
            errno(Errno.EBUSY, () -> Mounts.unmount(target, Mounts.Unmount.IDLE));
            Mounts.unmount(target, Mounts.Unmount.DETACH);
            assertThat(MountTable.below(target)).isEmpty();
            return null;
        });
    }

    @Test
    void aDetachedCopyIsSetUpBeforeItIsSeen() throws Exception {
        Path source = directory("source");
        Path target = directory("target");
        isolated(() -> {
            Files.writeString(source.resolve("file"), "x");
            try (DetachedMount copy = DetachedMount.copy(source, true)) {
                copy.setAttributes(Set.of(MountAttribute.READ_ONLY, MountAttribute.NO_ATIME), Set.of(), true);
                copy.setPropagation(Propagation.PRIVATE, true);
                try (Directory root = copy.root()) {
                    assertThat(root.entries()).hasToString("[file]");
                }
                try (Directory at = Directory.open(target)) {
                    copy.attach(at);
                }
            }
            assertThat(MountTable.at(target).orElseThrow().options()).contains("ro", "noatime");
            assertThat(target.resolve("file")).hasContent("x");
            return null;
        });
    }

    /** Whom the user namespace does not have owns nothing that it would know. */
    @Test
    void aMountMayShowOwnersAsAUserNamespaceHasThem() throws Exception {
        Requires.program("unshare");
        Path source = directory("source");
        Files.writeString(source.resolve("ours"), "x");
        Files.setAttribute(Files.writeString(source.resolve("others"), "x"), "unix:uid", 1234);
        Process process =
                new ProcessBuilder("unshare", "--user", "--map-root-user", "cat", "/proc/self/uid_map", "-").start();
        try (BufferedReader from = process.inputReader()) {
            assertThat(from.readLine()).as("its ids").isNotNull();
            try (NamespaceHandle users = NamespaceHandle.ofProcess(process.pid(), Namespace.USER);
                    DetachedMount copy = DetachedMount.copy(source, false)) {
                copy.mapIds(users, false);
                try (Directory root = copy.root()) {
                    assertThat(root.stat(Names.bytes("ours")).owner()).isZero();
                    assertThat(root.stat(Names.bytes("others")).owner()).isEqualTo(65534);
                }
                errno(Errno.EPERM, () -> copy.mapIds(users, false));
            }
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aMountCrossesNamespacesByItsDescriptor() throws Exception {
        Path source = directory("source");
        Path target = directory("target");
        Files.writeString(source.resolve("file"), "x");
        isolated(() -> {
            try (NamespaceHandle other = NamespaceHandle.ofThisThread(Namespace.MOUNT);
                    NamespaceHandle main =
                            NamespaceHandle.ofProcess(ProcessHandle.current().pid(), Namespace.MOUNT)) {
                assertThat(other.isSame(main)).isFalse();
                NamespaceThread.inNew(Set.of(Namespace.MOUNT), () -> {
                    try (DetachedMount copy = DetachedMount.copy(source, false)) {
                        return NamespaceThread.in(List.of(other), () -> {
                            try (NamespaceHandle now = NamespaceHandle.ofThisThread(Namespace.MOUNT)) {
                                assertThat(now.isSame(other)).isTrue();
                            }
                            copy.attach(target);
                            return 0;
                        });
                    }
                });
            }
            assertThat(target.resolve("file")).hasContent("x");
            return null;
        });
        assertThat(MountTable.at(target)).isEmpty();
    }

    @Test
    void anOverlayIsConfiguredOptionByOption() throws Exception {
        Path lower = directory("lower");
        Path work = directory("rw/work");
        Path upper = directory("rw/upper");
        Path target = directory("target");
        Files.writeString(lower.resolve("file"), "x");
        isolated(() -> {
            // An overlay's upper layer may not be an overlay itself, as temporary directories in containers are.
            Mounts.mount("tmpfs", "berth", temp.resolve("rw"), Set.of(), "");
            Files.createDirectory(work);
            Files.createDirectory(upper);
            try (FileSystemContext overlay = FileSystemContext.of("overlay")) {
                overlay.option("source", "berth")
                        .option("lowerdir", lower)
                        .option("upperdir", upper)
                        .option("workdir", work);
                try (DetachedMount mount = overlay.mount(Set.of(MountAttribute.NO_DEV))) {
                    mount.attach(target);
                }
            }
            Files.writeString(target.resolve("file"), "y");
            assertThat(lower.resolve("file")).hasContent("x");
            assertThat(upper.resolve("file")).hasContent("y");
            return null;
        });
    }

    @Test
    void aWrongOptionIsNamedInTheKernelsWords() throws Exception {
        isolated(() -> {
            try (FileSystemContext tmpfs = FileSystemContext.of("tmpfs")) {
                assertThatThrownBy(() -> tmpfs.option("colour", "red"))
                        .hasMessageMatching(
                                "fsconfig tmpfs colour=red \\(.*colour.*\\): EINVAL \\(invalid argument\\)");
            }
            errno(Errno.ENODEV, () -> FileSystemContext.of("nofs").close());
            return null;
        });
        Path missing = temp.resolve("missing");
        assertThatThrownBy(() -> Mounts.bind(missing, temp, false))
                .hasMessage("mount " + missing + " on " + temp + ": ENOENT (no such file or directory)");
    }

    @Test
    void sourcesOfBindsAreFoundEvenWhenDeleted() throws Exception {
        Path volumes = directory("volumes");
        Path target = directory("target");
        Path other = directory("other");
        isolated(() -> {
            Path volume = Files.createDirectories(volumes.resolve("v1/nix"));
            Files.createDirectories(volumes.resolve("v10"));
            assertThat(MountTable.sourcedBelow(volumes)).isEmpty();
            Mounts.bind(volume, target, false);
            Mounts.bind(volumes.resolve("v10"), other, false);
            assertThat(MountTable.sourcedBelow(volumes.resolve("v1")))
                    .singleElement()
                    .satisfies(mount -> assertThat(mount.mountPoint()).isEqualTo(target));
            assertThat(MountTable.sourcedBelow(volumes)).hasSize(2);
            Files.delete(volume);
            assertThat(MountTable.sourcedBelow(volumes.resolve("v1")))
                    .singleElement()
                    .satisfies(mount -> assertThat(mount.deleted()).isTrue());
            return null;
        });
    }

    @Test
    void mountPointsOfAnyBytesAreFound() throws Exception {
        Path odd =
                Names.path(concat(Names.bytes(temp), new byte[] {'/', 'a', ' ', (byte) 0xff, '\n', '\\', '#', '\t'}));
        Path german = temp.resolve(Names.path(Names.bytes("/grün")).getFileName());
        isolated(() -> {
            for (Path at : List.of(odd, german)) {
                try (Directory directory = Directory.open(temp)) {
                    directory.makeDirectory(Names.bytes(at.getFileName()), 0755);
                }
                Mounts.mount("tmpfs", "berth", at, Set.of(), "");
                assertThat(MountTable.at(at)).isPresent();
                Mounts.unmount(at, Mounts.Unmount.IDLE);
                assertThat(MountTable.at(at)).isEmpty();
            }
            return null;
        });
    }

    @Test
    void theTableAgreesWithTheKernelsOwnList() throws Exception {
        List<String> kernel =
                Files.readAllLines(Path.of("/proc/self/mountinfo"), java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThat(MountTable.all().stream().map(m -> Integer.toString(m.id())))
                .containsExactlyElementsOf(kernel.stream()
                        .map(line -> line.substring(0, line.indexOf(' ')))
                        .toList());
    }

    private static byte[] concat(byte[] front, byte[] back) {
        byte[] all = java.util.Arrays.copyOf(front, front.length + back.length);
        System.arraycopy(back, 0, all, front.length, back.length);
        return all;
    }

    private interface Call {
        void run() throws IOException;
    }

    private static void errno(Errno errno, Call call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
