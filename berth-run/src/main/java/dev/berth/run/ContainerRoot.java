package dev.berth.run;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.linux.MountAttribute;
import dev.berth.linux.Mounts;
import dev.berth.linux.OpenFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Puts the root of a container together, in the mount namespace of the calling thread, which must be its own: a file
 * system in memory, empty or above the files of a directory that stay as they are; {@code /dev}, {@code /proc},
 * {@code /tmp}, the files of {@code /etc} that kubelet writes; and the volumes.
 */
final class ContainerRoot {
    private static final List<String> DEVICES = List.of("null", "zero", "full", "random", "urandom", "tty");
    private static final Set<MountAttribute> NO_SUID = Set.of(MountAttribute.NO_SUID);
    private static final int MODE_STICKY = 01777;

    private final Layout layout;
    private final Path root;

    private ContainerRoot(Layout layout) {
        this.layout = layout;
        this.root = layout.stage().resolve("root");
    }

    /**
     * Mounts all of it.
     *
     * @return the directory that is the container's root
     * @throws RunException if a volume can't be mounted where the container wants it
     */
    static Path mount(PodEnvironment environment, Pod.Container container) throws IOException {
        ContainerRoot made = new ContainerRoot(environment.layout());
        made.base(environment.rootfs());
        made.devices(environment.sandbox().sharedMemory());
        made.directory("/proc", 0555);
        made.directory("/tmp", MODE_STICKY);
        made.files(environment.pod().name());
        List<Pod.VolumeMount> mounts = container.mounts().stream()
                .sorted(Comparator.comparingInt(
                        mount -> Paths.components(mount.mountPath()).size()))
                .toList();
        for (Pod.VolumeMount mount : mounts) {
            PodVolumes.Prepared volume = Optional.ofNullable(
                            environment.volumes().get(mount.volume()))
                    .orElseThrow(() -> RunException.failed("no volume '" + mount.volume() + "'"));
            made.volume(mount, volume, container.name());
        }
        RootPath.makeDirectories(made.root, container.workingDirectory());
        return made.root;
    }

    private void base(Optional<Path> rootfs) throws IOException {
        Path stage = layout.stage();
        Mounts.mount("tmpfs", layout.mark(), stage, Set.of(), "mode=0755");
        Files.createDirectory(root);
        if (rootfs.isEmpty()) {
            Mounts.mount("tmpfs", layout.mark(), root, Set.of(), "mode=0755");
            return;
        }
        // Bound to a name of ours, so that no character of the user's path is taken for one of the overlay's options.
        Path lower = Files.createDirectory(stage.resolve("lower"));
        Path upper = Files.createDirectory(stage.resolve("upper"));
        Path work = Files.createDirectory(stage.resolve("work"));
        Mounts.bind(rootfs.get(), lower, false);
        Mounts.mount(
                "overlay",
                layout.mark(),
                root,
                Set.of(),
                "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work);
    }

    private void devices(Path sharedMemory) throws IOException {
        Path dev = directory("/dev", 0755);
        Mounts.mount("tmpfs", "tmpfs", dev, NO_SUID, "mode=0755,size=64k");
        for (String name : DEVICES) {
            Path device = Files.createFile(dev.resolve(name));
            Mounts.bind(Path.of("/dev").resolve(name), device, false);
        }
        Path pts = Files.createDirectory(dev.resolve("pts"));
        Mounts.mount(
                "devpts",
                "devpts",
                pts,
                Set.of(MountAttribute.NO_SUID, MountAttribute.NO_EXEC),
                "newinstance,ptmxmode=0666,mode=0620");
        Path shm = Files.createDirectory(dev.resolve("shm"));
        Mounts.bind(sharedMemory, shm, false);
        Files.createSymbolicLink(dev.resolve("ptmx"), Path.of("pts/ptmx"));
        Files.createSymbolicLink(dev.resolve("fd"), Path.of("/proc/self/fd"));
        Files.createSymbolicLink(dev.resolve("stdin"), Path.of("/proc/self/fd/0"));
        Files.createSymbolicLink(dev.resolve("stdout"), Path.of("/proc/self/fd/1"));
        Files.createSymbolicLink(dev.resolve("stderr"), Path.of("/proc/self/fd/2"));
    }

    /** As kubelet does, whatever the image has there. */
    private void files(String hostname) throws IOException {
        directory("/etc", 0755);
        file("/etc/hostname", hostname + "\n");
        file("/etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n127.0.0.1\t" + hostname + "\n");
        Path resolver = Path.of("/etc/resolv.conf");
        file(
                "/etc/resolv.conf",
                Files.isReadable(resolver) ? Files.readString(resolver, StandardCharsets.ISO_8859_1) : "");
    }

    private Path directory(String path, int mode) throws IOException {
        Path directory = RootPath.makeDirectories(root, path);
        chmod(directory, mode);
        return directory;
    }

    private void file(String path, String content) throws IOException {
        Path etc = RootPath.makeDirectories(root, "/etc");
        Path file = etc.resolve(path.substring("/etc/".length()));
        // A link is replaced, not followed: it may lead to a name that is missing.
        Files.deleteIfExists(file);
        Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
        chmod(file, 0644);
    }

    private void volume(Pod.VolumeMount mount, PodVolumes.Prepared volume, String container) {
        String what = "container '" + container + "': cannot mount volume '" + mount.volume() + "'"
                + (mount.subPath().isEmpty() ? "" : " (subPath '" + mount.subPath() + "')") + " at "
                + mount.mountPath();
        boolean readOnly = mount.readOnly() || volume.readOnly();
        try {
            if (mount.subPath().isEmpty()) {
                bind(volume.directory(), RootPath.makeDirectories(root, mount.mountPath()), readOnly);
            } else {
                subPath(volume.directory(), mount, readOnly);
            }
        } catch (IOException e) {
            throw RunException.failed(what + ": " + e.getMessage(), e);
        }
    }

    /** The kernel itself sees to it that the part of the volume is not outside of it, by {@code ..} or a link. */
    private void subPath(Path volume, Pod.VolumeMount mount, boolean readOnly) throws IOException {
        byte[] path = String.join("/", Paths.components(mount.subPath())).getBytes(StandardCharsets.UTF_8);
        try (Directory top = Directory.open(volume)) {
            Optional<Directory> directory = openDirectory(top, path, mount);
            if (directory.isPresent()) {
                try (Directory part = directory.get()) {
                    bind(opened(part.number()), RootPath.makeDirectories(root, mount.mountPath()), readOnly);
                }
                return;
            }
            try (OpenFile part = top.openFileBeneath(path)) {
                bind(opened(part.number()), makeFile(mount.mountPath()), readOnly);
            }
        }
    }

    /** Empty if it is a file. */
    private static Optional<Directory> openDirectory(Directory top, byte[] path, Pod.VolumeMount mount)
            throws IOException {
        try {
            return Optional.of(top.openBeneath(path));
        } catch (LinuxException e) {
            if (e.errno().equals(Errno.ENOTDIR)) {
                return Optional.empty();
            }
            if (!e.errno().equals(Errno.ENOENT)) {
                throw e;
            }
        }
        makeDirectories(top, mount.subPath());
        return Optional.of(top.openBeneath(path));
    }

    /** What kubelet does for a part that is not there yet. */
    private static void makeDirectories(Directory top, String subPath) throws IOException {
        String made = "";
        for (String part : Paths.components(subPath)) {
            byte[] name = part.getBytes(StandardCharsets.UTF_8);
            try (Directory parent = made.isEmpty()
                    ? top.openBeneath(new byte[] {'.'})
                    : top.openBeneath(made.getBytes(StandardCharsets.UTF_8))) {
                if (parent.statIfExists(name).isEmpty()) {
                    parent.makeDirectory(name, 0755);
                }
            }
            made = made.isEmpty() ? part : made + "/" + part;
        }
    }

    private Path makeFile(String path) throws IOException {
        String clean = "/" + String.join("/", Paths.components(path));
        int slash = clean.lastIndexOf('/');
        RootPath.makeDirectories(root, clean.substring(0, slash));
        Path file =
                RootPath.resolve(root, clean).orElseThrow(() -> new IOException(path + ": too many levels of links"));
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            Files.createFile(file);
        }
        return file;
    }

    private static Path opened(int descriptor) {
        return Path.of("/proc/thread-self/fd/" + descriptor);
    }

    private static void bind(Path source, Path target, boolean readOnly) throws LinuxException {
        Mounts.bind(source, target, true);
        if (readOnly) {
            Mounts.setAttributes(target, Set.of(MountAttribute.READ_ONLY), Set.of(), true);
        }
    }

    /** Not left to the umask. */
    private static void chmod(Path file, int mode) throws IOException {
        if ((mode & ~0777) == 0) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(FileModes.text(mode)));
        } else {
            Files.setAttribute(file, "unix:mode", mode);
        }
    }
}
