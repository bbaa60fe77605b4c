package dev.berth.cli;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Model.CommandSpec;

/** What a command that serves does until the process is told to end. */
final class Service {
    private Service() {}

    /**
     * Says what is served, and waits. SIGTERM and SIGINT close the services, however long that takes; then the process ends.
     *
     * @param services in the order in which they are closed
     * @param announcement one line
     */
    static void runUntilStopped(List<? extends AutoCloseable> services, CommandSpec spec, String announcement)
            throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            for (AutoCloseable service : services) {
                try {
                    service.close();
                } catch (Exception e) {
                    spec.commandLine().getErr().println("berth: stopping: " + Failures.oneLine(e.getMessage()));
                }
            }
        }));
        spec.commandLine().getErr().println("berth: " + announcement);
        never.await(); // a signal ends the process
    }
}
