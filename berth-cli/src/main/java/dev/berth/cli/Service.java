package dev.berth.cli;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Model.CommandSpec;

/** What a command that serves does until the process is told to end. */
final class Service {
    private Service() {}

    /**
     * Says what is served, and waits. SIGTERM and SIGINT close the services, however long that takes; then the process ends,
     * and its exit code says whether they closed well: to be stopped is no failure of a service.
     *
     * @param services in the order in which they are closed
     * @param announcements a line each
     */
    static void runUntilStopped(List<? extends AutoCloseable> services, CommandSpec spec, String... announcements)
            throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            int exitCode = closeAll(services, spec);
            spec.commandLine().getErr().flush();
            // Left alone, the JVM would end with the signal's number: 143 or 130.
            Runtime.getRuntime().halt(exitCode);
        }));
        for (String announcement : announcements) {
            spec.commandLine().getErr().println("berth: " + announcement);
        }
        never.await(); // a signal ends the process
    }

    private static int closeAll(List<? extends AutoCloseable> services, CommandSpec spec) {
        int exitCode = Failures.DONE;
        for (AutoCloseable service : services) {
            try {
                service.close();
            } catch (Exception e) {
                exitCode = Failures.FAILED;
                spec.commandLine().getErr().println("berth: stopping: " + Failures.oneLine(e.getMessage()));
            }
        }
        return exitCode;
    }
}
