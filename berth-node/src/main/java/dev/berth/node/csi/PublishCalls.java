package dev.berth.node.csi;

import dev.berth.node.csi.v1.NodePublishVolumeRequest;
import dev.berth.node.events.PodAdvice;
import dev.berth.node.events.PodEvents;
import dev.berth.node.events.Reason;
import dev.berth.node.pods.Pod;
import dev.berth.node.pods.PodRef;
import dev.berth.node.pods.Pods;
import dev.berth.store.StoreException;
import io.grpc.Deadline;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls to publish a volume: each is checked, and the pod that it is for is looked up, before it goes to the driver. A pod that
 * is gone or about to go gets no volume but a good answer, as kubelet would try again for ever. Failures are told as events.
 */
final class PublishCalls {
    private static final Logger LOG = LoggerFactory.getLogger(PublishCalls.class);

    /** The call ended, and not the work: it goes on, or another call does it. */
    private static final Set<Status.Code> NOT_FAILED =
            EnumSet.of(Status.Code.DEADLINE_EXCEEDED, Status.Code.CANCELLED, Status.Code.ABORTED);

    private final VolumeAttributes attributes;
    private final Driver driver;
    private final Pods pods;
    private final PodEvents events;
    private final PodAdvice advice;

    PublishCalls(VolumeAttributes attributes, Driver driver, Pods pods, PodEvents events, PodAdvice advice) {
        this.attributes = attributes;
        this.driver = driver;
        this.pods = pods;
        this.events = events;
        this.advice = advice;
    }

    void publish(NodePublishVolumeRequest request, CallLog log, Deadline deadline) {
        PodRef pod = ContextKeys.pod(request.getVolumeContextMap());
        String volume = "volume " + InlineVolume.nameAt(request.getTargetPath()) + ": ";
        try {
            Optional<PublishRequest> checked = checked(request, pod);
            if (checked.isPresent()) {
                log.paths(checked.get().packages());
                driver.publish(checked.get(), deadline);
                log.done("published");
            }
        } catch (CsiException e) {
            if (!NOT_FAILED.contains(e.code())) {
                events.report(pod, Reason.FAILED_VOLUME_MOUNT, volume + e.getMessage());
            }
            throw e;
        } catch (StoreException e) {
            events.report(pod, Reason.FAILED_VOLUME_MOUNT, volume + e.getMessage());
            throw e;
        } catch (RuntimeException e) {
            events.report(pod, Reason.INTERNAL_ERROR, volume + "a defect of the agent: " + e);
            throw e;
        }
    }

    /** The request, or empty if nothing is to be done and the answer is good. */
    private Optional<PublishRequest> checked(NodePublishVolumeRequest request, PodRef ref) {
        String id = TargetPaths.volumeId(request.getVolumeId());
        Path target = TargetPaths.absolute("target path", request.getTargetPath());
        if (!request.hasVolumeCapability()) {
            throw TargetPaths.invalid("the request has no volume capability");
        }
        boolean readOnly = Capabilities.readOnly(request.getVolumeCapability()) || request.getReadonly();
        Map<String, String> context = request.getVolumeContextMap();
        Optional<Pod> pod = Optional.empty();
        switch (pods.find(ref)) {
            case Pods.Answer.Found(Pod found) -> {
                if (found.terminating()) {
                    return nothingToDo(ref, "is being deleted");
                }
                advice.give(ref, found);
                pod = Optional.of(found);
            }
            case Pods.Answer.Absent() -> {
                return nothingToDo(ref, "is gone");
            }
            case Pods.Answer.Replaced(String uid) ->
                throw new CsiException(
                        Status.Code.FAILED_PRECONDITION,
                        "the volume is for the pod " + ref + " with uid " + ref.uid()
                                + ", but the cluster has one with uid " + uid + ": it was made anew meanwhile");
            case Pods.Answer.Unknown(String why) -> {
                if (!attributes.namePackages(context)) {
                    return ifPublished(id, target, why);
                }
                LOG.debug("publishing for {} without having seen the pod: {}", ref, why);
            }
            case Pods.Answer.Unasked() -> {}
        }
        return Optional.of(new PublishRequest(
                id,
                target,
                readOnly,
                attributes.packages(context, pod.map(Pod::storePaths).orElse(List.of())),
                ref,
                pod.map(Pod::hostUsers).orElse(true),
                attributes.fetchTimeout(context)));
    }

    private static Optional<PublishRequest> nothingToDo(PodRef pod, String why) {
        LOG.info("nothing is published for the pod {}: it {}", pod, why);
        return Optional.empty();
    }

    /** What the volume is to show is only in the pod, which can't be read: a volume that is there is right all the same. */
    private Optional<PublishRequest> ifPublished(String id, Path target, String why) {
        try {
            if (driver.stats(id, target).healthy()) {
                return Optional.empty();
            }
        } catch (CsiException e) {
            // It is not published.
        }
        throw new CsiException(
                Status.Code.UNAVAILABLE,
                "the volume has no attribute that names a package, so its packages must be in the pod's specification, which"
                        + " can't be read now: " + why);
    }
}
