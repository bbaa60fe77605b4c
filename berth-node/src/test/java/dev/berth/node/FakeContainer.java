package dev.berth.node;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceHandle;
import dev.berth.linux.NamespaceThread;
import dev.berth.node.nri.v1alpha1.Container;
import dev.berth.node.nri.v1alpha1.ContainerAdjustment;
import dev.berth.node.nri.v1alpha1.ContainerState;
import dev.berth.node.nri.v1alpha1.Hook;
import dev.berth.node.nri.v1alpha1.LinuxContainer;
import dev.berth.node.nri.v1alpha1.LinuxNamespace;
import dev.berth.node.nri.v1alpha1.Mount;
import dev.berth.node.nri.v1alpha1.PodSandbox;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A container as a runtime has it when it runs the createRuntime hooks: a process in a mount namespace of its own, a bundle with a configuration and a root
 * directory, which is not the process's root yet.
 */
final class FakeContainer implements AutoCloseable {
    /** Who is root in a container with a user namespace of its own. */
    static final int ROOT = 100_000;

    private final String id;
    private final boolean hostUsers;
    private final Path bundle;
    private final Process process;
    private Map<String, String> annotations = Map.of();
    private List<String> env = List.of();
    private List<String> mountPoints = List.of();

    FakeContainer(Path dir, String id) throws IOException {
        this(dir, id, true);
    }

    /** @param hostUsers whether it has the node's user ids */
    FakeContainer(Path dir, String id, boolean hostUsers) throws IOException {
        this.id = id;
        this.hostUsers = hostUsers;
        this.bundle = Files.createDirectories(dir.resolve("bundles").resolve(id));
        Files.createDirectories(root().resolve("etc"));
        Files.writeString(
                bundle.resolve("config.json"),
                "{\"ociVersion\":\"1.0\",\"process\":{\"args\":[\"x\"]},\"root\":{\"path\":\"rootfs\",\"readonly\":true}}");
        List<String> command = new ArrayList<>(List.of("unshare", "--mount", "--propagation", "private"));
        if (!hostUsers) {
            command.add("--user");
        }
        command.addAll(List.of("sleep", "600"));
        process = new ProcessBuilder(command).start();
        awaitSleep();
        if (!hostUsers) {
            for (String map : List.of("uid_map", "gid_map")) {
                Files.writeString(Path.of("/proc/" + process.pid(), map), "0 " + ROOT + " 65536\n");
            }
            for (Path file : List.of(root(), root().resolve("etc"))) {
                Files.setAttribute(file, "unix:uid", ROOT);
                Files.setAttribute(file, "unix:gid", ROOT);
            }
        }
    }

    /** Its namespaces are there then, and it needs no more of the file system that it began with. */
    private void awaitSleep() throws IOException {
        while (!Files.readString(Path.of("/proc/" + process.pid() + "/comm")).equals("sleep\n")) {
            if (!process.isAlive()) {
                throw new IOException("unshare ended");
            }
            Thread.onSpinWait();
        }
    }

    FakeContainer annotated(Map<String, String> all) {
        annotations = all;
        return this;
    }

    FakeContainer env(String... variables) {
        env = List.of(variables);
        return this;
    }

    FakeContainer mounted(String... points) {
        mountPoints = List.of(points);
        return this;
    }

    /** Mounts a new directory as the volume of a pod with user ids of its own. */
    void volume(Path directory, String at) throws IOException, InterruptedException {
        Path target = Files.createDirectory(root().resolve(at));
        try (DetachedMount volume = mapped(Files.createDirectory(directory));
                NamespaceHandle mounts = NamespaceHandle.ofProcess(process.pid(), Namespace.MOUNT)) {
            NamespaceThread.in(List.of(mounts), () -> {
                volume.attach(target);
                return true;
            });
        }
    }

    /** A directory as a mount with the ids of the container's user namespace. */
    DetachedMount mapped(Path directory) throws IOException {
        DetachedMount mount = DetachedMount.copy(directory, false);
        try (NamespaceHandle users = NamespaceHandle.ofProcess(process.pid(), Namespace.USER)) {
            mount.mapIds(users, false);
            return mount;
        } catch (IOException e) {
            mount.close();
            throw e;
        }
    }

    Path root() {
        return bundle.resolve("rootfs");
    }

    PodSandbox pod() {
        return PodSandbox.newBuilder()
                .setId("pod-of-" + id)
                .setNamespace("default")
                .setName("web-" + id)
                .setUid("uid-" + id)
                .putAllAnnotations(annotations)
                .build();
    }

    Container container() {
        LinuxContainer.Builder linux = LinuxContainer.newBuilder()
                .addNamespaces(LinuxNamespace.newBuilder().setType("mount"));
        if (!hostUsers) {
            linux.addNamespaces(LinuxNamespace.newBuilder().setType("user"));
        }
        return Container.newBuilder()
                .setLinux(linux)
                .setId(id)
                .setPodSandboxId("pod-of-" + id)
                .setName("main")
                .addAllEnv(env)
                .addAllMounts(mountPoints.stream()
                        .map(point -> Mount.newBuilder().setDestination(point).build())
                        .toList())
                .setState(ContainerState.CONTAINER_RUNNING)
                .setPid((int) process.pid())
                .build();
    }

    /** A hook that runs. */
    record Running(Process process) {
        /** Its exit code, and what it said on standard error. */
        String end() {
            try {
                // What it says is one line, which the pipe holds until it is read.
                if (!process.waitFor(60, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError("the hook does not end");
                }
                String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
                return process.exitValue() + " " + said.strip();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    /** Starts the hook of an adjustment as runtimes do. */
    Running hook(ContainerAdjustment adjustment) throws IOException {
        Hook hook = adjustment.getHooks().getCreateRuntime(0);
        List<String> command = new ArrayList<>(hook.getArgsList());
        command.set(0, hook.getPath());
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        Process started = builder.start();
        try (OutputStream in = started.getOutputStream()) {
            in.write("""
                    {"ociVersion":"1.0.2","id":"%s","status":"creating","pid":%d,"bundle":"%s","annotations":{"a":"b"}}
                    """.formatted(id, process.pid(), bundle).getBytes(StandardCharsets.UTF_8));
        }
        return new Running(started);
    }

    /** Does what a runtime does when the hooks have ended: the container's root directory becomes its process's. */
    void becomeRoot() throws IOException, InterruptedException {
        String done = in("cp /bin/busybox @/busybox && mkdir @/old && mount --rbind @ @ && cd @ && pivot_root . old"
                + " && exec /busybox umount -l /old");
        if (!done.equals("0 ")) {
            throw new IOException(done);
        }
    }

    /** As {@link #in}, after {@link #becomeRoot} and by the container's root. */
    String inside(String script) throws IOException, InterruptedException {
        return hostUsers
                ? enter("/busybox", script)
                : enter("/busybox", script, "--user=/proc/" + process.pid() + "/ns/user");
    }

    /** What a command in the container's mount namespace prints, both ways, and its exit code in front; {@code @} is the root. */
    String in(String script) throws IOException, InterruptedException {
        return enter("/bin/busybox", script.replace("@", root().toString()));
    }

    private String enter(String busybox, String script, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("nsenter", "--mount=/proc/" + process.pid() + "/ns/mnt"));
        command.addAll(List.of(more));
        command.addAll(List.of(busybox, "sh", "-c", script));
        Process shell = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return shell.waitFor() + " " + said.strip();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
