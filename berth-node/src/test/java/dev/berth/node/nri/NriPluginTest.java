package dev.berth.node.nri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.berth.node.nri.FakeRuntime.Version;
import dev.berth.node.nri.ttrpc.Async;
import dev.berth.node.nri.ttrpc.Code;
import dev.berth.node.nri.ttrpc.SocketConnection;
import dev.berth.node.nri.ttrpc.TtrpcException;
import dev.berth.node.nri.v1alpha1.Container;
import dev.berth.node.nri.v1alpha1.ContainerAdjustment;
import dev.berth.node.nri.v1alpha1.ContainerEviction;
import dev.berth.node.nri.v1alpha1.ContainerUpdate;
import dev.berth.node.nri.v1alpha1.Empty;
import dev.berth.node.nri.v1alpha1.Event;
import dev.berth.node.nri.v1alpha1.PodSandbox;
import dev.berth.node.nri.v1alpha1.StateChangeEvent;
import dev.berth.node.nri.v1alpha1.SynchronizeRequest;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NriPluginTest {
    private static final PodSandbox POD = PodSandbox.newBuilder()
            .setId("pod")
            .setName("web")
            .setNamespace("default")
            .build();

    @TempDir
    Path dir;

    private NriPlugin start(NriHandler handler) {
        return NriPlugin.start(NriConfig.of(socket()).withMaxBackoff(Duration.ofMillis(200)), handler);
    }

    private Path socket() {
        return dir.resolve("nri.sock");
    }

    private static Container container(String id) {
        return Container.newBuilder()
                .setId(id)
                .setName("c")
                .setPodSandboxId("pod")
                .build();
    }

    /** A defect over one container is not to hold what others left for ever. */
    @Test
    void hearsOfOthersBehindADefect() throws Exception {
        RecordingHandler handler = new RecordingHandler() {
            @Override
            public void podEvent(Event event, PodSandbox pod) {
                super.podEvent(event, pod);
                throw new IllegalStateException("a defect");
            }
        };
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_6);
                NriPlugin _ = start(handler);
                FakeRuntime.Plugin peer = runtime.accept()) {
            peer.synchronize(List.of(), List.of(), false);
            peer.event(Event.RUN_POD_SANDBOX, POD, Container.getDefaultInstance());
            tell(peer, Event.REMOVE_CONTAINER, container("new"));
            assertThat(handler.next()).isEqualTo("synchronize 0 0");
            assertThat(handler.next()).isEqualTo("RUN_POD_SANDBOX pod");
            assertThat(handler.next()).isEqualTo("REMOVE_CONTAINER pod/new");
        }
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void hearsOfTheLifeOfAPod(Version version) throws Exception {
        RecordingHandler handler = new RecordingHandler();
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), version);
                NriPlugin plugin = start(handler);
                FakeRuntime.Plugin peer = runtime.accept()) {
            peer.synchronize(List.of(POD), List.of(container("old")), false);
            Container made = container("new");
            peer.event(Event.RUN_POD_SANDBOX, POD, Container.getDefaultInstance());
            assertThat(peer.createContainer(POD, made).getAdjust())
                    .isEqualTo(ContainerAdjustment.newBuilder()
                            .putAnnotations("for", "new")
                            .build());
            EnumSet.range(Event.POST_CREATE_CONTAINER, Event.REMOVE_CONTAINER)
                    .forEach(event -> tell(peer, event, made));
            peer.event(Event.STOP_POD_SANDBOX, POD, Container.getDefaultInstance());
            peer.event(Event.REMOVE_POD_SANDBOX, POD, Container.getDefaultInstance());
            peer.call("Shutdown", Empty.getDefaultInstance(), Empty.parser());

            assertThat(handler.next()).isEqualTo("synchronize 1 1");
            assertThat(handler.next()).isEqualTo("RUN_POD_SANDBOX pod");
            for (Event event : EnumSet.range(Event.POST_CREATE_CONTAINER, Event.REMOVE_CONTAINER)) {
                assertThat(handler.next()).isEqualTo(event + " pod/new");
            }
            assertThat(handler.next()).isEqualTo("STOP_POD_SANDBOX pod");
            assertThat(handler.next()).isEqualTo("REMOVE_POD_SANDBOX pod");
            NriStatus status = plugin.status();
            assertThat(status.connected()).isTrue();
            assertThat(status.problem()).isEmpty();
            assertThat(status.runtime().orElseThrow().replacesArguments())
                    .isEqualTo(version.compareTo(Version.V0_10) >= 0);
            assertThat(status.creates()).isEqualTo(1);
            assertThat(status.events()).isEqualTo(10);
            assertThat(status.refusals()).isZero();
        }
    }

    private static void tell(FakeRuntime.Plugin peer, Event event, Container container) {
        try {
            peer.event(event, POD, container);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void subscribesToNothingElse() throws Exception {
        RecordingHandler handler = new RecordingHandler() {
            @Override
            public Set<Event> events() {
                return Set.of(Event.CREATE_CONTAINER, Event.REMOVE_CONTAINER);
            }
        };
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_12);
                NriPlugin plugin = start(handler);
                FakeRuntime.Plugin peer = runtime.acceptEmpty()) {
            for (String method : List.of(
                    "RunPodSandbox", "StopContainer", "UpdatePodSandbox", "ValidateContainerAdjustment", "Later")) {
                assertThatExceptionOfType(TtrpcException.class)
                        .isThrownBy(() -> peer.call(method, Empty.getDefaultInstance(), Empty.parser()))
                        .withMessage("method " + method)
                        .matches(e -> e.code() == Code.UNIMPLEMENTED);
            }
            peer.stateChange(Event.RUN_POD_SANDBOX, POD, Container.getDefaultInstance());
            peer.stateChange(Event.REMOVE_CONTAINER, POD, container("a"));
            assertThat(handler.next()).isEqualTo("synchronize 0 0");
            assertThat(handler.next()).isEqualTo("REMOVE_CONTAINER pod/a");
            assertThat(plugin.status().events()).isEqualTo(1);
        }
    }

    @Test
    void ignoresEventsOfLaterVersions() throws Exception {
        RecordingHandler handler = new RecordingHandler();
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_12);
                NriPlugin plugin = start(handler);
                FakeRuntime.Plugin peer = runtime.acceptEmpty()) {
            StateChangeEvent later =
                    StateChangeEvent.newBuilder().setEventValue(99).build();
            peer.call("StateChange", later, Empty.parser());
            assertThat(plugin.status().events()).isZero();
        }
    }

    @Test
    void keepsFieldsOfLaterVersions() throws Exception {
        RecordingHandler handler = new RecordingHandler();
        Container later = container("a").toBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                22,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFromUtf8("image"))
                                        .build())
                        .build())
                .build();
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_12);
                NriPlugin _ = start(handler);
                FakeRuntime.Plugin peer = runtime.accept()) {
            peer.synchronize(List.of(), List.of(later), false);
            assertThat(handler.next()).isEqualTo("synchronize 0 1");
            assertThat(handler.synced).containsExactly(later);
        }
    }

    @Test
    void putsASplitListingTogether() throws Exception {
        RecordingHandler handler = new RecordingHandler();
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_8);
                NriPlugin plugin = start(handler);
                FakeRuntime.Plugin peer = runtime.accept()) {
            peer.synchronize(List.of(POD), List.of(container("a"), container("b")), true);
            peer.synchronize(List.of(POD, POD), List.of(), true);
            assertThat(plugin.status().connected()).isFalse();
            peer.synchronize(List.of(), List.of(container("c")), false);
            assertThat(handler.next()).isEqualTo("synchronize 3 3");
            assertThat(handler.synced).containsExactly(container("a"), container("b"), container("c"));
            assertThat(plugin.status().connected()).isTrue();
        }
    }

    /** As the runtime would never call. */
    @Test
    void comesBackWhenTheRuntimeWasAnsweredTooLateToSynchronize() throws Exception {
        RecordingHandler handler = new RecordingHandler();
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_6);
                NriPlugin plugin = start(handler)) {
            try (FakeRuntime.Plugin peer = runtime.accept()) {
                assertThat(isTooLate(peer)).isTrue();
                await(
                        plugin,
                        status ->
                                status.problem().orElse("").equals("the runtime was answered too late to synchronize"));
            }
            try (FakeRuntime.Plugin peer = runtime.accept()) {
                peer.synchronize(List.of(POD), List.of(), false);
                await(plugin, NriStatus::connected);
            }
        }
    }

    /** On a busy machine an answer may be there before this has looked whether its time is over. */
    private static boolean isTooLate(FakeRuntime.Plugin peer) throws Exception {
        for (int i = 0; i < 100; i++) {
            try {
                peer.call("Synchronize", SynchronizeRequest.getDefaultInstance(), Empty.parser(), Duration.ofNanos(1));
            } catch (TtrpcException e) {
                return true;
            }
        }
        return false;
    }

    @Test
    void refusesAListingWithoutEnd() throws Exception {
        Container large =
                container("a").toBuilder().addEnv("X=" + "x".repeat(3_900_000)).build();
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_8);
                NriPlugin plugin = start(new RecordingHandler());
                FakeRuntime.Plugin peer = runtime.accept()) {
            for (int i = 0; i < 8; i++) {
                peer.synchronize(List.of(), List.of(large), true);
            }
            assertThatExceptionOfType(TtrpcException.class)
                    .isThrownBy(() -> peer.synchronize(List.of(), List.of(large), true))
                    .withMessage("more than 33554432 bytes of pods and containers are too many to synchronize")
                    .matches(e -> e.code() == Code.RESOURCE_EXHAUSTED);
            assertThat(plugin.status().connected()).isFalse();
        }
    }

    @Test
    void comesBackAndHearsOfEverythingAnew() throws Exception {
        RecordingHandler handler = new RecordingHandler();
        try (NriPlugin plugin = start(handler)) {
            await(
                    plugin,
                    status -> status.problem()
                            .orElse("")
                            .equals("there is no " + socket()
                                    + ": is the runtime up, and NRI enabled in its configuration?"));
            for (int i = 1; i <= 3; i++) {
                try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_6);
                        FakeRuntime.Plugin peer = runtime.accept()) {
                    peer.synchronize(List.of(), Collections.nCopies(i, container("a")), false);
                    assertThat(handler.next()).isEqualTo("synchronize 0 " + i);
                    int connects = i;
                    await(plugin, status -> status.connected() && status.connects() == connects);
                }
                await(plugin, status -> !status.connected());
                // As a runtime that was killed leaves it.
                await(
                        plugin,
                        status -> status.problem()
                                .orElse("")
                                .equals("cannot connect to " + socket() + ": Connection refused"));
                Files.delete(socket());
            }
        }
    }

    @Test
    void garbageOfARuntimeIsAProblemAndTriedAgain() throws Exception {
        RecordingHandler handler = new RecordingHandler();
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_6);
                NriPlugin plugin = start(handler)) {
            try (SocketConnection raw = runtime.acceptRaw()) {
                raw.write(ByteBuffer.wrap(new byte[] {0, 0, 0, 1, -1, -1, -1, -1}));
                await(
                        plugin,
                        status ->
                                status.problem().orElse("").contains("the peer announces a frame of 4294967295 bytes"));
            }
            try (FakeRuntime.Plugin _ = runtime.acceptEmpty()) {
                assertThat(handler.next()).isEqualTo("synchronize 0 0");
            }
        }
    }

    @Test
    void aRefusalIsToldAsItIs() throws Exception {
        RecordingHandler handler = new RecordingHandler() {
            @Override
            public ContainerAdjustment createContainer(PodSandbox pod, Container container, Duration budget)
                    throws NriException {
                if (container.getId().equals("refused")) {
                    throw new NriException("its namespace may not mount /nix/store/x");
                }
                throw new IllegalStateException("broken");
            }
        };
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_6);
                NriPlugin plugin = start(handler);
                FakeRuntime.Plugin peer = runtime.acceptEmpty()) {
            assertThatExceptionOfType(TtrpcException.class)
                    .isThrownBy(() -> peer.createContainer(POD, container("refused")))
                    .withMessage("berth: its namespace may not mount /nix/store/x")
                    .matches(e -> e.code() == Code.FAILED_PRECONDITION);
            assertThatExceptionOfType(TtrpcException.class)
                    .isThrownBy(() -> peer.createContainer(POD, container("other")))
                    .withMessage("berth: internal error: java.lang.IllegalStateException: broken");
            assertThat(plugin.status().refusals()).isEqualTo(2);
            assertThat(plugin.status().late()).isZero();
            assertThat(plugin.status().connected()).isTrue();
        }
    }

    @Test
    void answersBeforeTheRuntimeGivesThePluginUp() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        RecordingHandler handler = new RecordingHandler() {
            @Override
            public ContainerAdjustment createContainer(PodSandbox pod, Container container, Duration budget)
                    throws InterruptedException {
                if (container.getId().equals("slow")) {
                    try {
                        new CountDownLatch(1).await();
                    } finally {
                        interrupted.countDown();
                    }
                }
                return ContainerAdjustment.getDefaultInstance();
            }
        };
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_6);
                NriPlugin plugin = start(handler);
                FakeRuntime.Plugin peer = runtime.acceptEmpty()) {
            // Not DEADLINE_EXCEEDED, with which the call would end after 2 s.
            assertThatExceptionOfType(TtrpcException.class)
                    .isThrownBy(() -> peer.createContainer(POD, container("slow")))
                    .withMessage("berth could not decide within 1600 ms; it will be tried again")
                    .matches(e -> e.code() == Code.UNAVAILABLE);
            interrupted.await();
            peer.createContainer(POD, container("quick"));
            assertThat(plugin.status().late()).isEqualTo(1);
            assertThat(plugin.status().connected()).isTrue();
        }
    }

    @Test
    void anEventThatTakesLongHoldsNobodyUp() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        RecordingHandler handler = new RecordingHandler() {
            @Override
            public void podEvent(Event event, PodSandbox pod) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                super.podEvent(event, pod);
            }
        };
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_6);
                NriPlugin _ = start(handler);
                FakeRuntime.Plugin peer = runtime.acceptEmpty()) {
            peer.event(Event.RUN_POD_SANDBOX, POD, Container.getDefaultInstance());
            peer.event(Event.START_CONTAINER, POD, container("a"));
            peer.createContainer(POD, container("b"));
            assertThat(handler.next()).isEqualTo("synchronize 0 0");
            assertThat(handler.told).isEmpty();
            release.countDown();
            assertThat(handler.next()).isEqualTo("RUN_POD_SANDBOX pod");
            assertThat(handler.next()).isEqualTo("START_CONTAINER pod/a");
        }
    }

    @Test
    void tooManyEventsInWaitingAreReplacedByANewListing() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        RecordingHandler handler = new RecordingHandler() {
            @Override
            public void podEvent(Event event, PodSandbox pod) {
                begun.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_6);
                NriPlugin plugin = start(handler);
                FakeRuntime.Plugin peer = runtime.acceptEmpty()) {
            peer.event(Event.RUN_POD_SANDBOX, POD, Container.getDefaultInstance());
            begun.await();
            for (int i = 0; i < EventQueue.MAX_WAITING; i++) {
                peer.event(Event.START_CONTAINER, POD, container("a"));
            }
            assertThatExceptionOfType(TtrpcException.class)
                    .isThrownBy(() -> peer.event(Event.START_CONTAINER, POD, container("a")));
            try (FakeRuntime.Plugin again = runtime.accept()) {
                assertThat(plugin.status().problem()).contains("1024 events wait to be handled: synchronizing anew");
                again.synchronize(List.of(POD), List.of(container("a")), false);
                release.countDown();
                assertThat(handler.next()).isEqualTo("synchronize 0 0");
                assertThat(handler.next()).isEqualTo("synchronize 1 1");
            }
        }
    }

    @Test
    void answersAHundredAtATime() throws Exception {
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_12);
                NriPlugin plugin = start(new RecordingHandler());
                FakeRuntime.Plugin peer = runtime.acceptEmpty()) {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                Container container = container("c" + i);
                calls.add(Async.run(() -> assertThat(
                                peer.createContainer(POD, container).getAdjust().getAnnotationsMap())
                        .containsEntry("for", container.getId())));
            }
            for (Future<?> call : calls) {
                call.get();
            }
            assertThat(plugin.status().creates()).isEqualTo(100);
        }
    }

    @Test
    void asksTheRuntime() throws Exception {
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_12);
                NriPlugin plugin = start(new RecordingHandler())) {
            ContainerUpdate update =
                    ContainerUpdate.newBuilder().setContainerId("a").build();
            ContainerEviction eviction = ContainerEviction.newBuilder()
                    .setContainerId("b")
                    .setReason("it has no /nix")
                    .build();
            try (FakeRuntime.Plugin peer = runtime.acceptEmpty()) {
                assertThat(plugin.updateContainers(List.of(update), List.of(eviction)))
                        .containsExactly(update);
                assertThat(peer.updates.take().getEvictList()).containsExactly(eviction);
            }
        }
        try (NriPlugin alone = start(new RecordingHandler())) {
            assertThatExceptionOfType(TtrpcException.class)
                    .isThrownBy(() -> alone.updateContainers(List.of(), List.of()))
                    .matches(e -> e.code() == Code.UNAVAILABLE);
        }
    }

    @Test
    void closesForGood() throws Exception {
        NriPlugin plugin = start(new RecordingHandler());
        try (FakeRuntime runtime = FakeRuntime.listen(socket(), Version.V0_6);
                FakeRuntime.Plugin peer = runtime.acceptEmpty()) {
            plugin.close();
            assertThat(plugin.status().connected()).isFalse();
            assertThatExceptionOfType(TtrpcException.class)
                    .isThrownBy(() -> peer.createContainer(POD, container("a")))
                    .matches(e -> e.code() == Code.UNAVAILABLE);
        }
    }

    private static void await(NriPlugin plugin, Predicate<NriStatus> condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.test(plugin.status())) {
            assertThat(System.nanoTime()).as("%s", plugin.status()).isLessThan(deadline);
            Thread.sleep(5);
        }
    }
}
