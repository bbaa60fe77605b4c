package dev.berth.node;

import dev.berth.node.nri.v1alpha1.Container;
import dev.berth.node.nri.v1alpha1.ContainerAdjustment;
import dev.berth.node.nri.v1alpha1.ContainerState;
import dev.berth.node.nri.v1alpha1.Hook;
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
    private final String id;
    private final Path bundle;
    private final Process process;
    private Map<String, String> annotations = Map.of();
    private List<String> env = List.of();
    private List<String> mountPoints = List.of();

    FakeContainer(Path dir, String id) throws IOException {
        this.id = id;
        this.bundle = Files.createDirectories(dir.resolve("bundles").resolve(id));
        Files.createDirectories(root().resolve("etc"));
        Files.writeString(
                bundle.resolve("config.json"),
                "{\"ociVersion\":\"1.0\",\"process\":{\"args\":[\"x\"]},\"root\":{\"path\":\"rootfs\",\"readonly\":true}}");
        process = new ProcessBuilder(
                        "unshare", "--mount", "--propagation", "private", "sh", "-c", "echo up; exec sleep 600")
                .redirectErrorStream(true)
                .start();
        if (process.inputReader().readLine() == null) {
            throw new IOException("unshare ended");
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
        return Container.newBuilder()
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
        String done = in("cp /bin/busybox @/busybox && mkdir @/old && mount --bind @ @ && cd @ && pivot_root . old"
                + " && exec /busybox umount -l /old");
        if (!done.equals("0 ")) {
            throw new IOException(done);
        }
    }

    /** As {@link #in}, after {@link #becomeRoot}. */
    String inside(String script) throws IOException, InterruptedException {
        return enter("/busybox", script);
    }

    /** What a command in the container's mount namespace prints, both ways, and its exit code in front; {@code @} is the root. */
    String in(String script) throws IOException, InterruptedException {
        return enter("/bin/busybox", script.replace("@", root().toString()));
    }

    private String enter(String busybox, String script) throws IOException, InterruptedException {
        Process shell = new ProcessBuilder(
                        "nsenter", "--mount=/proc/" + process.pid() + "/ns/mnt", busybox, "sh", "-c", script)
                .redirectErrorStream(true)
                .start();
        String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return shell.waitFor() + " " + said.strip();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
