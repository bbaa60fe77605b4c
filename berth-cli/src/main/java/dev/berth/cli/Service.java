package dev.berth.cli;

import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Model.CommandSpec;

/** What a command that serves does until the process is told to end. */
final class Service {
    private Service() {}

    /**
     * Says what is served, and waits. SIGTERM and SIGINT close the service, however long that takes; then the process ends.
     *
     * @param announcement one line
     */
    static void runUntilStopped(AutoCloseable service, CommandSpec spec, String announcement)
            throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            try {
                service.close();
            } catch (Exception e) {
                spec.commandLine().getErr().println("berth: stopping: " + Failures.oneLine(e.getMessage()));
            }
        }));
        spec.commandLine().getErr().println("berth: " + announcement);
        never.await(); // a signal ends the process
    }
}
