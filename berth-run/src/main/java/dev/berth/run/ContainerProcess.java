package dev.berth.run;

import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceThread;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * One process of a container, process 1 of its own process namespace, with all that it starts.
 *
 * <p>It is started by a thread in a mount namespace made for it, in which alone its root and volumes are mounted. The
 * kernel kills it when that thread ends, however it ends, and with it everything in its process namespace; then the mount
 * namespace goes, too. So a Berth that is killed leaves neither processes nor these mounts.
 */
final class ContainerProcess {
    private static final Duration LEAVE = Duration.ofSeconds(5);
    private static final int SIGTERM_BIT = 14;

    private final PodEnvironment environment;
    private final Pod.Container container;
    private final CompletableFuture<Process> started = new CompletableFuture<>();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private final List<Thread> readers = new ArrayList<>();

    private ContainerProcess(PodEnvironment environment, Pod.Container container) {
        this.environment = environment;
        this.container = container;
    }

    /**
     * Starts it; its output goes to the console.
     *
     * @throws RunException if it can't be started
     */
    static ContainerProcess start(PodEnvironment environment, Pod.Container container) throws InterruptedException {
        ContainerProcess made = new ContainerProcess(environment, container);
        Thread.ofVirtual().start(made::run);
        try {
            Process process = made.started.get();
            String prefix = "[" + environment.pod().label() + "/" + container.name() + "] ";
            made.readers.add(made.reader(process.getInputStream(), prefix));
            made.readers.add(made.reader(process.getErrorStream(), prefix));
            return made;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RunException refused) {
                throw refused;
            }
            throw made.failed("cannot start", e);
        }
    }

    private RunException failed(String what, ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return RunException.failed("container '" + container.name() + "': " + what + ": " + cause.getMessage(), cause);
    }

    private void run() {
        try {
            int code = NamespaceThread.in(
                    environment.sandbox().namespaces(),
                    () -> NamespaceThread.inNew(Set.of(Namespace.MOUNT), this::inside));
            ended.complete(code);
        } catch (IOException | RuntimeException e) {
            started.completeExceptionally(e);
            ended.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ended.completeExceptionally(e);
        }
    }

    /** On the thread whose end is the end of the process. */
    private int inside() throws IOException, InterruptedException {
        Path root = ContainerRoot.mount(environment, container);
        ProcessBuilder builder = new ProcessBuilder(commandLine(root))
                .directory(Path.of("/").toFile())
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().clear();
        builder.environment().putAll(container.environment());
        Process process = builder.start();
        started.complete(process);
        return process.waitFor();
    }

    private List<String> commandLine(Path root) throws IOException {
        Programs programs = environment.programs();
        List<String> line = new ArrayList<>(List.of(
                programs.setsid().toString(),
                programs.setpriv().toString(),
                "--pdeathsig",
                "KILL",
                programs.unshare().toString(),
                "--fork",
                "--pid",
                "--kill-child=SIGKILL",
                "--mount-proc",
                "--root=" + root,
                "--wd=" + container.workingDirectory()));
        if (container.group() >= 0 || container.user() >= 0) {
            line.add("--setgid=" + Math.max(0, container.group()));
        }
        if (container.user() >= 0) {
            line.add("--setuid=" + container.user());
        }
        line.add("--");
        line.add(ProgramLookup.find(root, container));
        line.addAll(container.command().subList(1, container.command().size()));
        requireEncodable(line);
        return line;
    }

    /** The JDK would put question marks in the place of what the locale has no bytes for. */
    private void requireEncodable(List<String> line) {
        Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        List<String> texts = new ArrayList<>(line);
        container.environment().forEach((name, value) -> texts.addAll(List.of(name, value)));
        for (String text : texts) {
            if (!charset.newEncoder().canEncode(text)) {
                throw RunException.usage("container '" + container.name() + "': '" + text
                        + "' can't be passed on under this locale (" + charset + "): set LC_ALL=C.UTF-8");
            }
        }
    }

    private Thread reader(InputStream in, String prefix) {
        return Thread.ofVirtual().start(() -> environment.console().stream(in, prefix));
    }

    /**
     * Waits for its end.
     *
     * @return its exit code; 128 and the number of the signal that killed it
     */
    int waitFor() throws InterruptedException {
        try {
            int code = ended.get();
            for (Thread reader : readers) {
                reader.join(LEAVE); // all writers died with process 1, so the streams end
            }
            return code;
        } catch (ExecutionException e) {
            throw failed("lost", e);
        }
    }

    /**
     * Ends it: SIGTERM, and SIGKILL when the grace is over or at once if it takes no notice of SIGTERM, as process 1 of
     * a namespace that has no handler for it. Returns when it has ended.
     */
    void end(Duration grace) throws InterruptedException {
        Process process = started.getNow(null);
        if (process == null) {
            return;
        }
        Optional<ProcessHandle> first = process.children().findFirst();
        if (first.isPresent() && handlesTerm(first.get().pid())) {
            first.get().destroy();
            process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS);
        }
        process.children().forEach(ProcessHandle::destroyForcibly);
        if (!process.waitFor(LEAVE.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
            process.waitFor(LEAVE.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private static boolean handlesTerm(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                    .filter(line -> line.startsWith("SigCgt:"))
                    .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) >> SIGTERM_BIT & 1) == 1);
        } catch (IOException e) {
            return false; // ended meanwhile
        }
    }
}
