package dev.berth.node.nri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.berth.node.nri.v1alpha1.Container;
import dev.berth.node.nri.v1alpha1.ContainerAdjustment;
import dev.berth.node.nri.v1alpha1.KeyValue;
import dev.berth.node.nri.v1alpha1.PodSandbox;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The plugin with a real runtime: what it hears of a pod's life, and what becomes of what it answers. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContainerdTest {
    @TempDir
    Path dir;

    @Test
    void hearsOfPodsAndChangesContainers() throws Exception {
        List<Container> asked = new ArrayList<>();
        RecordingHandler handler = new RecordingHandler() {
            @Override
            public ContainerAdjustment createContainer(PodSandbox pod, Container container, Duration budget)
                    throws NriException {
                asked.add(container);
                if (container.getName().equals("refused")) {
                    throw new NriException("no room for it");
                }
                return ContainerAdjustment.newBuilder()
                        .addEnv(KeyValue.newBuilder().setKey("BERTH").setValue("was here"))
                        .build();
            }
        };
        try (RealContainerd containerd = RealContainerd.start(dir.toRealPath())) {
            String pod = containerd.runPod("web");
            try (NriPlugin plugin = NriPlugin.start(NriConfig.of(containerd.nriSocket()), handler)) {
                assertThat(handler.next()).isEqualTo("synchronize 1 0");
                containerd.awaitPlugin();
                NriRuntime runtime = plugin.status().runtime().orElseThrow();
                assertThat(runtime.name()).isEqualTo("containerd");
                assertThat(runtime.replacesArguments()).isFalse();

                String id = containerd.createContainer(pod, "web", "main");
                assertThat(asked.getFirst().getArgsList()).containsExactly("/bin/sleep", "300");
                System.err.println(containerd.log() + plugin.status());
                assertThat(asked.getFirst().getEnvList()).contains("A=b");
                assertThat(handler.next()).isEqualTo("POST_CREATE_CONTAINER " + pod + "/" + id);
                containerd.call("StartContainer", CriMessage.of(1, id));
                assertThat(handler.next()).isEqualTo("START_CONTAINER " + pod + "/" + id);
                assertThat(handler.next()).isEqualTo("POST_START_CONTAINER " + pod + "/" + id);

                assertThatExceptionOfType(StatusRuntimeException.class)
                        .isThrownBy(() -> containerd.createContainer(pod, "web", "refused"))
                        .withMessageContaining("berth: no room for it");
                // containerd takes back what it has begun.
                assertThat(handler.next()).startsWith("STOP_CONTAINER " + pod).doesNotEndWith(id);

                containerd.call("StopContainer", CriMessage.of(1, id));
                assertThat(handler.next()).isEqualTo("STOP_CONTAINER " + pod + "/" + id);
                containerd.removePod(pod);
                String other = containerd.runPod("other");
                assertThat(handler.told).contains("REMOVE_CONTAINER " + pod + "/" + id, "REMOVE_POD_SANDBOX " + pod);
                assertThat(plugin.status().connected()).isTrue();
                assertThat(plugin.status().connects()).isEqualTo(1);
            }
        }
    }
}
