package dev.berth.run;

import dev.berth.deploy.render.KubeObject;
import dev.berth.deploy.render.Nix;
import dev.berth.deploy.render.NixStore;
import dev.berth.deploy.render.RenderException;
import dev.berth.deploy.render.Rendered;
import dev.berth.deploy.render.Renderer;
import dev.berth.nix.FormatException;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StorePath;
import dev.berth.node.NodeAgent;
import dev.berth.node.NodeConfig;
import dev.berth.node.NodeException;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs the pods of a file on this machine: renders the file, pushes the closure that it names to an embedded cache,
 * lets an embedded node agent publish the volumes, called over its CSI socket, and starts the containers.
 */
public final class LocalRun {
    private final RunOptions options;
    private final Retention retention;
    private final Console console;
    private Set<StorePath> named = Set.of();

    private LocalRun(RunOptions options, Retention retention, Console console) {
        this.options = options;
        this.retention = retention;
        this.console = console;
    }

    /**
     * Runs a file to the end of its pods. Signals SIGINT and SIGTERM end the containers, give the volumes back and then
     * end this process with 130 or 143.
     *
     * @param out gets what containers print, each line with its pod and container in front
     * @param err gets what Berth says, each line with {@code berth: } in front
     * @return the exit code of the first container, in the order of the file, that did not exit with 0; else 0
     * @throws RunException in one line, with an exit code, if it can't be run
     * @throws StoreException in one line, if a store fails
     */
    public static int run(RunOptions options, PrintStream out, PrintStream err) {
        return run(options, Retention.DEFAULT, out, err);
    }

    static int run(RunOptions options, Retention retention, PrintStream out, PrintStream err) {
        LocalRun run = new LocalRun(options, retention, new Console(out, err));
        try (Interruption _ = Interruption.ofThisThread()) {
            return run.run();
        } catch (RenderException | NodeException e) {
            throw RunException.failed(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw RunException.failed(e.getClass().getSimpleName().replace("Exception", "") + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RunException.failed("interrupted", e);
        }
    }

    private int run() throws IOException, InterruptedException {
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        if (!Files.isRegularFile(options.file())) {
            throw RunException.usage(
                    options.file() + (Files.exists(options.file()) ? ": not a file" : ": no such file"));
        }
        if (Renderer.isNix(options.file())) {
            new Prerequisites(console, root).forNix();
        }
        if (!root) {
            throw RunException.usage("'berth run' mounts volumes and makes namespaces, which only root may: try sudo");
        }
        Programs programs = Programs.find();
        Optional<Path> rootfs = options.rootfs().map(LocalRun::directory);
        Files.createDirectories(options.root());
        Layout layout = new Layout(options.root().toRealPath());
        try (RootLock _ = RootLock.take(layout)) {
            return locked(layout, programs, rootfs);
        }
    }

    private static Path directory(Path path) {
        try {
            if (Files.isDirectory(path)) {
                return path.toRealPath();
            }
        } catch (IOException e) {
            throw RunException.usage("--rootfs " + path + ": " + e.getMessage());
        }
        throw RunException.usage("--rootfs " + path + ": not a directory");
    }

    private int locked(Layout layout, Programs programs, Optional<Path> rootfs)
            throws IOException, InterruptedException {
        Leftovers leftovers = new Leftovers(layout);
        boolean dirty = leftovers.any();
        Files.writeString(layout.running(), ProcessHandle.current().pid() + "\n");
        if (dirty) {
            int killed = leftovers.killProcesses();
            console.say("an earlier run left something behind: cleaning up"
                    + (killed == 0 ? "" : " (killed " + killed + " processes)"));
        }
        for (Path directory : List.of(layout.stage(), layout.cache(), layout.node(), layout.build())) {
            Files.createDirectories(directory);
        }
        Files.setPosixFilePermissions(layout.stage(), PosixFilePermissions.fromString("rwx------"));
        int code;
        try {
            code = run(layout, programs, rootfs, leftovers, dirty);
        } finally {
            leftovers.forgetRun();
        }
        if (!leftovers.any()) {
            collect(layout);
        }
        return code;
    }

    /** With nothing of the run alive. The pods have run: a failure is told but does not change how they ended. */
    private void collect(Layout layout) {
        try {
            GarbageCollection collection = new GarbageCollection(layout, retention);
            if (!Thread.currentThread().isInterrupted() && collection.isDue()) {
                new Uses(layout).record(named); // the run may have been a long one
                collection.run().ifPresent(console::say);
            }
        } catch (IOException | StoreException | FormatException e) {
            console.say("cannot collect what no run needs: " + e.getMessage());
        }
    }

    private int run(Layout layout, Programs programs, Optional<Path> rootfs, Leftovers leftovers, boolean dirty)
            throws IOException, InterruptedException {
        if (dirty) {
            leftovers.cleanStores();
        }
        SecretKey key = SigningKey.of(layout);
        String uri = cacheUri(layout);
        try (Store cache = Stores.open(uri, StoreSettings.DEFAULT);
                ExecutorService starter = Executors.newVirtualThreadPerTaskExecutor()) {
            // The agent starts while Nix evaluates.
            Future<NodeAgent> starting = starter.submit(() -> NodeAgent.start(agentConfig(layout, uri, key)));
            List<Pod> pods;
            try {
                if (dirty) {
                    try (Drivers drivers = new Drivers(get(starting).config().sockets())) {
                        leftovers.removePods(get(starting).volumes(), drivers);
                    }
                }
                pods = render(layout, cache, key);
            } catch (IOException | RuntimeException e) {
                closeLater(starting);
                throw e;
            }
            try (NodeAgent agent = get(starting);
                    Drivers drivers = new Drivers(agent.config().sockets())) {
                return runAll(pods, new PodRun(layout, programs, rootfs, drivers, console, options.keep()));
            }
        }
    }

    private List<Pod> render(Layout layout, Store cache, SecretKey key) throws IOException {
        NixStore nixStore = NixStore.choose(layout.build(), System.getenv());
        Renderer renderer = new Renderer(new Nix(nixStore, options.modules(), console::say), cache::validPaths);
        List<Pod> pods = new ArrayList<>();
        Rendered rendered = renderer.render(options.file(), objects -> pods.addAll(read(objects)));
        named = rendered.named().keySet();
        new Uses(layout).record(named);
        new Push(cache, key, console).push(rendered, nixStore.root());
        return pods;
    }

    private List<Pod> read(List<KubeObject> objects) {
        Ignored ignored = new Ignored();
        List<Pod> pods = PodReader.read(objects, ignored, options.rootfs().isPresent());
        ignored.message().ifPresent(console::say);
        return pods;
    }

    private static NodeConfig agentConfig(Layout layout, String cacheUri, SecretKey key) {
        return NodeConfig.of(layout.node(), layout.plugins())
                .withPluginDir(layout.plugins())
                .withSubstituters(List.of(cacheUri), List.of(key.publicKey()));
    }

    private static String cacheUri(Layout layout) {
        String path = URLEncoder.encode(layout.cache().toString(), StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
        return "file://" + path + "?compression=zstd";
    }

    /** Every pod at once; the first exit code that is not 0, in the order of the file. */
    private static int runAll(List<Pod> pods, PodRun run) throws IOException, InterruptedException {
        if (pods.size() == 1) {
            return run.run(pods.getFirst());
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> results =
                    pods.stream().map(pod -> threads.submit(() -> run.run(pod))).toList();
            try {
                int first = 0;
                for (Future<Integer> result : results) {
                    int code = get(result);
                    first = first == 0 ? code : first;
                }
                return first;
            } finally {
                // Those of an interrupted run end their containers; the others are done already.
                results.forEach(result -> result.cancel(true));
            }
        }
    }

    private static <T> T get(Future<T> future) throws IOException, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case IOException cause -> throw cause;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        }
    }

    private static void closeLater(Future<NodeAgent> starting) {
        boolean interrupted = Thread.interrupted();
        try {
            starting.get().close();
        } catch (ExecutionException e) {
            // It did not start; the failure that is under way is told instead.
            return;
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** How long the end of a run may take after a signal. */
    static final Duration END = Duration.ofSeconds(PodReader.MAX_GRACE_SECONDS + 60L);
}
