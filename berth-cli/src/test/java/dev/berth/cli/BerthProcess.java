package dev.berth.cli;

import java.io.File;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A command in a process of its own, to be killed: what it says goes to a file.
 *
 * @param process the one that runs
 * @param log what it prints, on both its outputs
 */
record BerthProcess(Process process, Path log) implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;
    private static final Pattern ADDRESS = Pattern.compile("serving .*(http://127\\.0\\.0\\.1:[0-9]+)");

    /** How Berth is run with some arguments. */
    static List<String> line(String... arguments) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        line.addAll(List.of(arguments));
        return line;
    }

    /** Runs Berth. */
    static BerthProcess start(Path directory, Map<String, String> environment, String... arguments) throws IOException {
        return start(directory, environment, line(arguments));
    }

    /** Runs a gateway of the store {@code DIRECTORY/served} on some port, which {@link #url} says, with more options. */
    static BerthProcess gateway(Path directory, String... more) throws IOException {
        List<String> line =
                line("gateway", "--store", "local?root=" + directory.resolve("served"), "--http", "127.0.0.1:0");
        line.addAll(List.of(more));
        return start(directory, Map.of(), line);
    }

    /**
     * Runs anything.
     *
     * @param directory where the file for what it says is made
     */
    static BerthProcess start(Path directory, Map<String, String> environment, List<String> line) throws IOException {
        Path log = Files.createTempFile(directory, "process", ".log");
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().remove("NIX_REMOTE");
        builder.environment().put("NIX_CONFIG", "substituters =\nbuild-users-group =");
        builder.environment().putAll(environment);
        return new BerthProcess(builder.start(), log);
    }

    /** What it said so far. */
    String said() throws IOException {
        return Files.readString(log);
    }

    /** Waits until a gateway serves over HTTP, and gives its URL. */
    String url() throws IOException, InterruptedException {
        for (long end = deadline(); ; pause(end, "it serves")) {
            Matcher address = ADDRESS.matcher(said());
            if (address.find()) {
                return address.group(1);
            }
        }
    }

    /** Waits until somebody takes connections on a unix socket. */
    void listensOn(Path socket) throws IOException, InterruptedException {
        for (long end = deadline(); !answers(socket); ) {
            pause(end, "it listens");
        }
    }

    private static boolean answers(Path socket) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false;
        }
    }

    /** What is waited for. */
    interface Condition {
        boolean holds() throws IOException;
    }

    /** Waits until something holds or the process has ended. */
    void until(String what, Condition condition) throws IOException, InterruptedException {
        for (long end = deadline(); process.isAlive() && !condition.holds(); ) {
            if (System.nanoTime() - end >= 0) {
                throw new AssertionError("waited too long until " + what + ": " + said());
            }
            Thread.sleep(2);
        }
    }

    private static long deadline() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    }

    private void pause(long end, String what) throws IOException, InterruptedException {
        if (!process.isAlive() || System.nanoTime() - end >= 0) {
            throw new AssertionError("waited in vain until " + what + ": " + said());
        }
        Thread.sleep(10);
    }

    /** Waits for its end, and gives its exit code. */
    int exitCode() throws IOException, InterruptedException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end: " + said());
        }
        return process.exitValue();
    }

    /** Waits for its end, which must be a good one. */
    void succeeds() throws IOException, InterruptedException {
        if (exitCode() != 0) {
            throw new AssertionError("exited with " + process.exitValue() + ": " + said());
        }
    }

    /** Ends it by SIGKILL. */
    void kill() throws IOException, InterruptedException {
        process.destroyForcibly();
        exitCode();
    }

    /** Ends it by SIGTERM. */
    void terminate() throws IOException, InterruptedException {
        process.destroy();
        exitCode();
    }

    @Override
    public void close() throws IOException {
        try {
            kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the end of a process", e);
        }
    }
}
