package dev.berth.node.nri;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.berth.node.nri.ttrpc.Async;
import dev.berth.node.nri.ttrpc.Code;
import dev.berth.node.nri.ttrpc.SocketConnection;
import dev.berth.node.nri.ttrpc.Trunk;
import dev.berth.node.nri.ttrpc.TtrpcClient;
import dev.berth.node.nri.ttrpc.TtrpcException;
import dev.berth.node.nri.ttrpc.TtrpcMethod;
import dev.berth.node.nri.ttrpc.TtrpcServer;
import dev.berth.node.nri.v1alpha1.ConfigureRequest;
import dev.berth.node.nri.v1alpha1.ConfigureResponse;
import dev.berth.node.nri.v1alpha1.Container;
import dev.berth.node.nri.v1alpha1.ContainerRequest;
import dev.berth.node.nri.v1alpha1.CreateContainerRequest;
import dev.berth.node.nri.v1alpha1.CreateContainerResponse;
import dev.berth.node.nri.v1alpha1.Empty;
import dev.berth.node.nri.v1alpha1.Event;
import dev.berth.node.nri.v1alpha1.PodSandbox;
import dev.berth.node.nri.v1alpha1.RegisterPluginRequest;
import dev.berth.node.nri.v1alpha1.StateChangeEvent;
import dev.berth.node.nri.v1alpha1.SynchronizeRequest;
import dev.berth.node.nri.v1alpha1.SynchronizeResponse;
import dev.berth.node.nri.v1alpha1.UpdateContainersRequest;
import dev.berth.node.nri.v1alpha1.UpdateContainersResponse;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The runtime's side of NRI, doing what pkg/adaptation of containerd/nri does in its versions. One plugin at a time. */
final class FakeRuntime implements AutoCloseable {
    /** What differs for plugins. */
    enum Version {
        V0_6(Event.REMOVE_CONTAINER, false, "v1.7.24", ""),
        V0_8(Event.REMOVE_CONTAINER, true, "v2.0.0", ""),
        V0_10(Event.VALIDATE_CONTAINER_ADJUSTMENT, true, "v2.2.0", ""),
        V0_12(Event.VALIDATE_CONTAINER_ADJUSTMENT, true, "v2.3.0", "v0.12.0");

        private final Event last;
        private final boolean tellsTimeouts;
        private final String runtime;
        private final String nri;

        Version(Event last, boolean tellsTimeouts, String runtime, String nri) {
            this.last = last;
            this.tellsTimeouts = tellsTimeouts;
            this.runtime = runtime;
            this.nri = nri;
        }
    }

    static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration STALL = Duration.ofSeconds(10);
    private static final String PLUGIN = "nri.pkg.api.v1alpha1.Plugin";

    /** These had calls of their own before version 0.12. */
    private static final Set<Event> OLD_CALLS = Set.of(Event.UPDATE_CONTAINER, Event.STOP_CONTAINER);

    private final Version version;
    private final ServerSocketChannel listener;

    private FakeRuntime(Version version, ServerSocketChannel listener) {
        this.version = version;
        this.listener = listener;
    }

    static FakeRuntime listen(Path socket, Version version) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        return new FakeRuntime(version, listener);
    }

    /** Waits for a plugin, and configures it. */
    Plugin accept() throws Exception {
        Plugin plugin = new Plugin(new SocketConnection(listener.accept()), version);
        plugin.configure();
        return plugin;
    }

    /** Waits for a plugin, and has it know of nothing. */
    Plugin acceptEmpty() throws Exception {
        Plugin plugin = accept();
        plugin.synchronize(List.of(), List.of(), false);
        return plugin;
    }

    /** Waits for somebody and hands out the bare connection. */
    SocketConnection acceptRaw() throws IOException {
        return new SocketConnection(listener.accept());
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    /** A plugin that is connected. */
    static final class Plugin implements AutoCloseable {
        private final Version version;
        private final Trunk trunk;
        private final TtrpcClient client;
        private final BlockingQueue<RegisterPluginRequest> registrations = new LinkedBlockingQueue<>();
        final BlockingQueue<UpdateContainersRequest> updates = new LinkedBlockingQueue<>();
        private Set<Event> events = Set.of();

        private Plugin(SocketConnection socket, Version version) {
            this.version = version;
            this.trunk = Trunk.start(socket, STALL, 1, 2);
            this.client = new TtrpcClient(trunk.connection(1), STALL);
            Map<String, TtrpcMethod> runtime = Map.of(
                    "RegisterPlugin",
                    (payload, call) -> {
                        registrations.add(RegisterPluginRequest.parseFrom(payload));
                        return Empty.getDefaultInstance();
                    },
                    "UpdateContainers",
                    (payload, call) -> {
                        UpdateContainersRequest request = UpdateContainersRequest.parseFrom(payload);
                        updates.add(request);
                        return UpdateContainersResponse.newBuilder()
                                .addAllFailed(request.getUpdateList())
                                .build();
                    });
            TtrpcServer server = new TtrpcServer(
                    trunk.connection(2), STALL, Map.of("nri.pkg.api.v1alpha1.Runtime", runtime), method -> {});
            Async.serve(server::serve);
        }

        private void configure() throws Exception {
            RegisterPluginRequest registration = registrations.poll(20, TimeUnit.SECONDS);
            assertThat(registration).as("a registration within 20 s").isNotNull();
            assertThat(registration.getPluginName()).isEqualTo("berth");
            assertThat(registration.getPluginIdx()).isEqualTo("69");
            ConfigureRequest.Builder request = ConfigureRequest.newBuilder()
                    .setRuntimeName("containerd")
                    .setRuntimeVersion(version.runtime)
                    .setNRIVersion(version.nri);
            if (version.tellsTimeouts) {
                request.setRegistrationTimeout(5000).setRequestTimeout(REQUEST_TIMEOUT.toMillis());
            }
            int mask = call("Configure", request.build(), ConfigureResponse.parser())
                    .getEvents();
            assertThat(mask >>> version.last.getNumber())
                    .as("bits of events that the version does not have")
                    .isZero();
            assertThat(mask).as("0 stands for all events").isNotZero();
            events = Set.copyOf(Arrays.stream(Event.values())
                    .filter(event -> event != Event.UNRECOGNIZED && event != Event.UNKNOWN)
                    .filter(event -> (mask >>> (event.getNumber() - 1) & 1) == 1)
                    .toList());
        }

        SynchronizeResponse synchronize(List<PodSandbox> pods, List<Container> containers, boolean more)
                throws Exception {
            SynchronizeResponse answer = call(
                    "Synchronize",
                    SynchronizeRequest.newBuilder()
                            .addAllPods(pods)
                            .addAllContainers(containers)
                            .setMore(more)
                            .build(),
                    SynchronizeResponse.parser());
            assertThat(answer.getMore()).isEqualTo(more);
            return answer;
        }

        CreateContainerResponse createContainer(PodSandbox pod, Container container) throws Exception {
            assertThat(events).contains(Event.CREATE_CONTAINER);
            return call(
                    "CreateContainer",
                    CreateContainerRequest.newBuilder()
                            .setPod(pod)
                            .setContainer(container)
                            .build(),
                    CreateContainerResponse.parser());
        }

        /** Tells the plugin if it has subscribed, by the call of the event or by StateChange. */
        void event(Event event, PodSandbox pod, Container container) throws Exception {
            if (!events.contains(event)) {
                return;
            }
            if (version.compareTo(Version.V0_12) < 0 && !OLD_CALLS.contains(event)) {
                stateChange(event, pod, container);
                return;
            }
            try {
                // A pod's request is the same without the container.
                ContainerRequest.Builder request = ContainerRequest.newBuilder().setPod(pod);
                if (event.getNumber() > Event.REMOVE_POD_SANDBOX_VALUE) {
                    request.setContainer(container);
                }
                call(methodOf(event), request.build(), Empty.parser());
            } catch (TtrpcException e) {
                assertThat(e.code()).isEqualTo(Code.UNIMPLEMENTED);
                stateChange(event, pod, container);
            }
        }

        void stateChange(Event event, PodSandbox pod, Container container) throws Exception {
            call(
                    "StateChange",
                    StateChangeEvent.newBuilder()
                            .setEvent(event)
                            .setPod(pod)
                            .setContainer(container)
                            .build(),
                    Empty.parser());
        }

        <T> T call(String method, MessageLite request, Parser<T> answers) throws Exception {
            return call(method, request, answers, REQUEST_TIMEOUT);
        }

        <T> T call(String method, MessageLite request, Parser<T> answers, Duration timeout) throws Exception {
            return client.call(PLUGIN, method, request, answers, timeout);
        }

        private static String methodOf(Event event) {
            StringBuilder name = new StringBuilder();
            for (String word : event.name().split("_", -1)) {
                name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
            }
            return name.toString();
        }

        @Override
        public void close() {
            trunk.close();
        }
    }
}
