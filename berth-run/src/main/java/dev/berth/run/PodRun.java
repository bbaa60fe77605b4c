package dev.berth.run;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs one pod: its volumes, its init containers in their order, its containers at once. */
final class PodRun {
    /** The exit code of a container whose program can't be started, as shells have it. */
    private static final int CANNOT_START = 127;

    private final Layout layout;
    private final Programs programs;
    private final Optional<Path> rootfs;
    private final Drivers drivers;
    private final Console console;
    private final boolean keep;

    PodRun(Layout layout, Programs programs, Optional<Path> rootfs, Drivers drivers, Console console, boolean keep) {
        this.layout = layout;
        this.programs = programs;
        this.rootfs = rootfs;
        this.drivers = drivers;
        this.console = console;
        this.keep = keep;
    }

    /**
     * Runs a pod to its end. When this returns or throws, nothing of it runs any more, and its volumes are gone unless
     * they are to be kept.
     *
     * @return the first exit code that is not 0, in the order of the pod's containers, else 0
     * @throws InterruptedException if the calling thread is interrupted: the containers were ended
     */
    int run(Pod pod) throws IOException, InterruptedException {
        PodVolumes volumes = new PodVolumes(layout, drivers, pod);
        boolean interrupted = false;
        try {
            Map<String, PodVolumes.Prepared> prepared = volumes.prepare();
            try (Sandbox sandbox = Sandbox.create(pod.name(), layout.sharedMemory(pod.uid()))) {
                return containers(new PodEnvironment(layout, programs, rootfs, pod, sandbox, prepared, console));
            }
        } finally {
            interrupted = Thread.interrupted(); // taking the volumes away must not be interrupted
            if (keep) {
                console.say(pod.label() + " is kept in " + layout.pod(pod.uid())
                        + ", its volumes mounted; the next 'berth run' with this root removes it");
            } else {
                volumes.remove();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private int containers(PodEnvironment environment) throws InterruptedException {
        Pod pod = environment.pod();
        Restarts restarts = new Restarts(pod.restartPolicy());
        // An init container is started again only if it failed.
        Restarts initRestarts = new Restarts(
                pod.restartPolicy() == Pod.RestartPolicy.ALWAYS ? Pod.RestartPolicy.ON_FAILURE : pod.restartPolicy());
        List<ContainerRun> all = new ArrayList<>();
        Duration grace = Duration.ofSeconds(pod.graceSeconds());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                for (Pod.Container init : pod.initContainers()) {
                    ContainerRun run = new ContainerRun(
                            environment, init, init.sidecar() ? new Restarts(Pod.RestartPolicy.ALWAYS) : initRestarts);
                    all.add(run);
                    if (init.sidecar()) {
                        threads.execute(() -> sidecar(run));
                        continue;
                    }
                    int code = reported(run);
                    if (code != 0) {
                        console.say(pod.label() + ": init container '" + init.name() + "' exited with " + code
                                + ", the others are not started");
                        return code;
                    }
                }
                List<Future<Integer>> results = new ArrayList<>();
                for (Pod.Container main : pod.containers()) {
                    ContainerRun run = new ContainerRun(environment, main, restarts);
                    all.add(run);
                    results.add(threads.submit(() -> reported(run)));
                }
                return firstFailure(results);
            } finally {
                end(all, grace);
            }
        }
    }

    /** A container that can't be started is told at once, and does not stop the others. */
    private int reported(ContainerRun run) throws InterruptedException {
        try {
            return run.run();
        } catch (RunException e) {
            console.say(String.valueOf(e.getMessage()));
            return CANNOT_START;
        }
    }

    private void sidecar(ContainerRun run) {
        try {
            reported(run);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int firstFailure(List<Future<Integer>> results) throws InterruptedException {
        int first = 0;
        for (Future<Integer> result : results) {
            try {
                int code = result.get();
                first = first == 0 ? code : first;
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
        return first;
    }

    /** All at once, even if this thread was interrupted; the grace bounds it. */
    private static void end(List<ContainerRun> runs, Duration grace) {
        boolean interrupted = Thread.interrupted();
        List<Thread> enders = runs.stream()
                .map(run -> Thread.ofVirtual().start(() -> {
                    try {
                        run.end(grace);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }))
                .toList();
        for (Thread ender : enders) {
            try {
                ender.join(grace.plus(ContainerRun.slack()));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
