package dev.berth.node.nri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The plugin with a real runtime: what it hears of a pod's life, and what becomes of what it answers. With the system
 * property {@code berth.record} what passes between them is written to a file: so {@link RecordedExchangeTest}'s was made.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContainerdTest {
    @TempDir
    Path dir;

    @Test
    void hearsOfPodsAndChangesContainers() throws Exception {
        ContainerdHandler handler = new ContainerdHandler();
        String file = System.getProperty("berth.record", "");
        try (RealContainerd containerd = RealContainerd.start(dir.toRealPath())) {
            if (file.isEmpty()) {
                live(containerd, containerd.nriSocket(), handler);
            } else {
                Path between = dir.toRealPath().resolve("relay.sock");
                try (Relay _ = Relay.start(between, containerd.nriSocket(), Path.of(file))) {
                    live(containerd, between, handler);
                }
            }
        }
    }

    private static void live(RealContainerd containerd, Path socket, ContainerdHandler handler) throws Exception {
        String pod = containerd.runPod("web");
        try (NriPlugin plugin = NriPlugin.start(NriConfig.of(socket), handler)) {
            assertThat(handler.next()).isEqualTo("synchronize 1 0");
            containerd.awaitPlugin();
            NriRuntime runtime = plugin.status().runtime().orElseThrow();
            assertThat(runtime.name()).isEqualTo("containerd");
            assertThat(runtime.replacesArguments()).isFalse();

            String id = containerd.createContainer(pod, "web", "main");
            assertThat(handler.asked.getFirst().getArgsList()).containsExactly("/bin/sleep", "300");
            assertThat(handler.asked.getFirst().getEnvList()).contains("A=b");
            assertThat(handler.next()).isEqualTo("POST_CREATE_CONTAINER " + pod + "/" + id);
            containerd.call("StartContainer", CriMessage.of(1, id));
            assertThat(handler.next()).isEqualTo("START_CONTAINER " + pod + "/" + id);
            assertThat(handler.next()).isEqualTo("POST_START_CONTAINER " + pod + "/" + id);

            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(() -> containerd.createContainer(pod, "web", "refused"))
                    .withMessageContaining("berth: no room for it");
            // containerd takes back what it has begun.
            String refused = handler.asked.getLast().getId();
            assertThat(handler.next()).isEqualTo("STOP_CONTAINER " + pod + "/" + refused);
            assertThat(handler.next()).isEqualTo("REMOVE_CONTAINER " + pod + "/" + refused);

            containerd.call("StopContainer", CriMessage.of(1, id));
            assertThat(handler.next()).isEqualTo("STOP_CONTAINER " + pod + "/" + id);
            containerd.removePod(pod);
            String last = handler.next();
            while (!last.startsWith("REMOVE_POD_SANDBOX")) {
                last = handler.next();
            }
            assertThat(last).isEqualTo("REMOVE_POD_SANDBOX " + pod);
            assertThat(plugin.status().connected()).isTrue();
            assertThat(plugin.status().connects()).isEqualTo(1);
            assertThat(plugin.status().refusals()).isEqualTo(1);
        }
    }
}
