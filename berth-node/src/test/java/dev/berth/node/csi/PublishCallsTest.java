package dev.berth.node.csi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.events.PodAdvice;
import dev.berth.node.events.Reason;
import dev.berth.node.events.RecordedEvents;
import dev.berth.node.pods.Pod;
import dev.berth.node.pods.PodRef;
import dev.berth.node.pods.Pods;
import dev.berth.store.StoreException;
import io.grpc.Deadline;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is published by what is known of the pod. */
class PublishCallsTest {
    private static final StorePath HELLO = new StorePath("q06x3jll2yfzckz2bzqak089p43ixkkq-hello-2.12");
    private static final StorePath WORLD = new StorePath("q06x3jll2yfzckz2bzqak089p43ixkkr-world");
    private static final PodRef POD = new PodRef("shop", "web-0", "u-1");
    private static final Map<String, String> NAMED = Map.of("x86_64-linux", "/nix/store/" + HELLO.baseName());

    private final RecordedEvents events = new RecordedEvents();
    private final List<PublishRequest> published = new ArrayList<>();
    private boolean mounted;
    private @Nullable RuntimeException failure;

    private final Driver driver = new Driver() {
        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public void publish(PublishRequest request, Deadline deadline) {
            if (failure != null) {
                throw failure;
            }
            published.add(request);
        }

        @Override
        public void unpublish(String volumeId, Path target, Deadline deadline) {}

        @Override
        public VolumeStats stats(String volumeId, Path path) {
            if (!mounted) {
                throw new CsiException(Status.Code.NOT_FOUND, "not published");
            }
            VolumeStats.Usage none = new VolumeStats.Usage(0, 0, 0);
            return new VolumeStats(none, none, true, "mounted");
        }
    };

    private void publish(Pods.Answer known, Map<String, String> attributes) {
        InlineVolume volume = new InlineVolume(
                new InlineVolume.Pod(POD.name(), POD.namespace(), POD.uid(), "default"),
                "tools",
                Path.of("/var/lib/kubelet/pods/u-1/volumes/kubernetes.io~csi/tools/mount"),
                true,
                attributes);
        PublishCalls calls = new PublishCalls(
                new VolumeAttributes(StoreDir.DEFAULT, "x86_64-linux"),
                driver,
                _ -> known,
                events,
                new PodAdvice("csi.berth.dev", Set.of("csi.berth.dev", "nixkube"), events, false));
        try (CallLog log = CallLog.of(volume.volumeId(), volume.target().toString())) {
            calls.publish(volume.request(), log, Deadline.after(1, TimeUnit.MINUTES));
        }
    }

    private CsiException refusal(Pods.Answer known, Map<String, String> attributes) {
        CsiException e = catchThrowableOfType(CsiException.class, () -> publish(known, attributes));
        assertThat(e).isNotNull();
        assertThat(published).isEmpty();
        return e;
    }

    private static Pods.Answer found(boolean terminating, boolean hostUsers, StorePath... paths) {
        return new Pods.Answer.Found(new Pod(
                POD, terminating, hostUsers, List.of(paths), List.of(new Pod.Volume("tools", "nixkube")), List.of()));
    }

    @Test
    void whatThePodNamesJoinsThePackages() {
        publish(found(false, true, WORLD, HELLO), NAMED);
        assertThat(published).singleElement().satisfies(request -> {
            assertThat(request.packages()).containsExactly(HELLO, WORLD);
            assertThat(request.pod()).isEqualTo(POD);
            assertThat(request.hostUsers()).isTrue();
        });
        assertThat(events.notes(Reason.DEPRECATED_DRIVER_NAME)).hasSize(1);
    }

    @Test
    void whatThePodNamesIsEnough() {
        publish(found(false, false, WORLD), Map.of());
        assertThat(published).singleElement().satisfies(request -> {
            assertThat(request.packages()).containsExactly(WORLD);
            assertThat(request.hostUsers()).isFalse();
        });
    }

    @Test
    void nothingAtAllIsRefusedWithAnEvent() {
        CsiException e = refusal(found(false, true), Map.of());
        assertThat(e.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(e).hasMessageContaining("no packages to mount");
        assertThat(events.notes(Reason.FAILED_VOLUME_MOUNT))
                .singleElement()
                .asString()
                .startsWith("volume tools: no packages to mount");
    }

    @Test
    void aPodThatIsGoneOrGoingGetsAGoodAnswerAndNoMount() {
        publish(new Pods.Answer.Absent(), NAMED);
        publish(found(true, true, WORLD), NAMED);
        publish(found(true, true), Map.of());
        assertThat(published).isEmpty();
        assertThat(events.all()).isEmpty();
    }

    @Test
    void aPodThatWasMadeAnewIsRefused() {
        assertThat(refusal(new Pods.Answer.Replaced("u-2"), NAMED))
                .hasMessageContaining("u-1")
                .hasMessageContaining("u-2")
                .extracting(CsiException::code)
                .isEqualTo(Status.Code.FAILED_PRECONDITION);
    }

    @Test
    void withoutAnApiServerAttributesAreEnough() {
        publish(new Pods.Answer.Unasked(), NAMED);
        publish(new Pods.Answer.Unknown("it is away"), NAMED);
        assertThat(published).extracting(PublishRequest::packages).containsExactly(List.of(HELLO), List.of(HELLO));
    }

    @Test
    void aPodThatCantBeReadIsWaitedForIfAllIsInIt() {
        CsiException e = refusal(new Pods.Answer.Unknown("it is away"), Map.of());
        assertThat(e.code()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(e).hasMessageContaining("it is away");
        assertThat(refusal(new Pods.Answer.Unasked(), Map.of()).code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void aVolumeThatIsThereIsRightAlsoIfItsPodCantBeRead() {
        mounted = true;
        publish(new Pods.Answer.Unknown("it is away"), Map.of());
        assertThat(published).isEmpty();
    }

    @Test
    void failuresAreToldWithTheirReason() {
        failure = new StoreException(StoreException.Kind.UNTRUSTED, "signed by no trusted key");
        assertThat(catchThrowableOfType(StoreException.class, () -> publish(new Pods.Answer.Unasked(), NAMED)))
                .isSameAs(failure);
        failure = new IllegalStateException("a defect");
        assertThat(catchThrowableOfType(IllegalStateException.class, () -> publish(new Pods.Answer.Unasked(), NAMED)))
                .isSameAs(failure);
        assertThat(events.notes(Reason.FAILED_VOLUME_MOUNT)).containsExactly("volume tools: signed by no trusted key");
        assertThat(events.notes(Reason.INTERNAL_ERROR)).hasSize(1);
    }

    @Test
    void aCallThatEndsBeforeItsWorkIsNoFailure() {
        failure = new CsiException(Status.Code.DEADLINE_EXCEEDED, "still fetching");
        assertThat(refusal(new Pods.Answer.Unasked(), NAMED)).isSameAs(failure);
        assertThat(events.all()).isEmpty();
    }
}
