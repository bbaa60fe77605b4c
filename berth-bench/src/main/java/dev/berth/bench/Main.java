package dev.berth.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.berth.linux.MountInfo;
import dev.berth.linux.MountTable;
import dev.berth.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code scripts/bench}. */
@Command(
        name = "bench",
        description = "Measures Berth against the real peers and prints a table in Markdown. Needs root.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class Main implements Callable<Integer> {
    /** What to measure. */
    enum Suite {
        /** Dump and restore of NARs. */
        NAR,
        /** Copies between stores. */
        COPY,
        /** Volumes, and the agent's memory. */
        PUBLISH,
        /** Of that, twenty volumes at once alone. */
        CROWD,
        /** The agent's memory alone. */
        MEMORY,
        /** A store served on a unix socket. */
        DAEMON,
        /** Of that, many requests alone, without copies. */
        LOAD,
        /** A store served over SSH. */
        SSH,
        /** A store served over HTTP. */
        HTTP,
        /** Deployments to an API server. */
        DEPLOY,
        /** Pods on a node. */
        PODS,
        /** Start-up. */
        VERSION,
        /** All of them. */
        ALL
    }

    /** Which Nix to measure against. */
    enum Peer {
        /** The one of this machine. */
        MACHINE,
        /** The newer one in the Debian 13 root. */
        DEBIAN13,
        /** Both. */
        BOTH
    }

    private static final Duration END = Duration.ofSeconds(30);

    @Parameters(paramLabel = "SUITE", description = "One of ${COMPLETION-CANDIDATES}.")
    private Suite suite = Suite.ALL;

    @Option(names = "--runs", paramLabel = "N", description = "Do each thing so many times (${DEFAULT-VALUE}).")
    private int runs = 5;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "Where the work lies, 4 GiB that later runs use again, and scratch files, up to 60 GiB.")
    private Path work = Path.of(".cache", "bench");

    @Option(names = "--peer", paramLabel = "NIX", description = "One of ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Peer peer = Peer.DEBIAN13;

    Main() {}

    /** Runs benchmarks and ends the process: 0 if every target was met, 3 if one was missed, 1 if one failed. */
    public static void main(String[] arguments) {
        if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
            root.setLevel(Level.WARN);
        }
        System.exit(new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    command.getErr().println("bench: " + e);
                    return 1;
                })
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path project = Path.of(System.getProperty("berth.home", ".")).toRealPath();
        Path directory = Files.createDirectories(work).toRealPath();
        Path scratch = Files.createTempDirectory(directory, "run-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(scratch), "bench-ending"));
        Report report = new Report();
        Bench bench = new Bench(project, directory, scratch, runs, peers(project), System.err, report);
        try {
            run(bench);
        } finally {
            report.print(System.out);
            // Not before: a file system is slow for minutes after a large deletion.
            clear(scratch);
        }
        return report.isMet() ? 0 : 3;
    }

    /** When it is told to end early: nothing that it started or made stays. */
    private static void end(Path scratch) {
        if (!Files.exists(scratch)) {
            return;
        }
        System.err.println("bench: ending early, what it made is taken away");
        List<ProcessHandle> started = ProcessHandle.current().descendants().toList();
        started.forEach(ProcessHandle::destroy);
        try {
            CompletableFuture.allOf(started.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
                    .completeOnTimeout(null, END.toSeconds(), TimeUnit.SECONDS)
                    .join();
            clear(scratch);
        } catch (IOException e) {
            System.err.println("bench: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Volumes may still be mounted, if something went wrong. */
    private static synchronized void clear(Path scratch) throws IOException, InterruptedException {
        for (MountInfo mount : MountTable.below(scratch)) {
            Mounts.unmount(mount.mountPoint(), Mounts.Unmount.DETACH);
        }
        Program.of("rm", "-rf", "--one-file-system", scratch.toString()).run();
    }

    private void run(Bench bench) throws IOException, InterruptedException {
        boolean all = suite == Suite.ALL;
        if (all || suite == Suite.VERSION) {
            new VersionBench(bench).run();
        }
        if (all || suite == Suite.COPY) {
            new CopyBench(bench).run();
        }
        if (all || suite == Suite.DAEMON) {
            new DaemonBench(bench).run();
        }
        if (all || suite == Suite.DAEMON || suite == Suite.LOAD) {
            new LoadBench(bench).run();
        }
        if (all || suite == Suite.SSH) {
            new SshBench(bench).run();
        }
        if (all || suite == Suite.HTTP) {
            new HttpBench(bench).run();
        }
        if (all || suite == Suite.DEPLOY) {
            new DeployBench(bench).run();
        }
        if (all || suite == Suite.PODS) {
            new PodsBench(bench).run();
        }
        if (all || suite == Suite.NAR) {
            new NarBench(bench).run();
        }
        if (all || suite == Suite.PUBLISH) {
            new PublishBench(bench).publish();
        } else if (suite == Suite.CROWD) {
            new PublishBench(bench).crowd();
        } else if (suite == Suite.MEMORY) {
            new PublishBench(bench).memory();
        }
    }

    private List<NixPeer> peers(Path project) throws InterruptedException {
        List<NixPeer> peers = new ArrayList<>();
        if (peer != Peer.MACHINE) {
            peers.add(NixPeer.ofDebian13(project));
        }
        if (peer != Peer.DEBIAN13) {
            peers.add(NixPeer.ofMachine());
        }
        return peers;
    }
}
