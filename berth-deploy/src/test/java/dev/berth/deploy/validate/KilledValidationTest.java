package dev.berth.deploy.validate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.RealKubernetes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A validation that can't tidy up leaves nothing that runs. */
class KilledValidationTest {
    @TempDir
    Path dir;

    /** Starts an API server, says so and waits to be killed. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        ServerPrograms programs =
                ServerPrograms.find(Optional.of(Path.of(arguments[0])), Map.of("PATH", System.getenv("PATH")));
        try (ThrowawayServer server = ThrowawayServer.start(programs, false)) {
            server.connect().close();
            System.out.println("ready");
            Thread.sleep(TimeUnit.MINUTES.toMillis(5));
        }
    }

    @Test
    void itsServersEndWithIt() throws IOException, InterruptedException {
        RealKubernetes.require();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + dir,
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        KilledValidationTest.class.getName(),
                        RealKubernetes.programs().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var out = process.inputReader()) {
            assertThat(out.readLine()).isEqualTo("ready");
            List<ProcessHandle> servers = process.children().toList();
            assertThat(servers).hasSize(2).allMatch(ProcessHandle::isAlive);
            process.destroyForcibly().waitFor();
            for (ProcessHandle server : servers) {
                assertThat(server.onExit()).succeedsWithin(30, TimeUnit.SECONDS);
            }
        } finally {
            process.destroyForcibly();
        }
    }
}
