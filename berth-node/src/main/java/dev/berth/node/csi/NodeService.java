package dev.berth.node.csi;

import static dev.berth.nix.FormatException.quote;

import dev.berth.node.csi.v1.NodeExpandVolumeRequest;
import dev.berth.node.csi.v1.NodeExpandVolumeResponse;
import dev.berth.node.csi.v1.NodeGetCapabilitiesRequest;
import dev.berth.node.csi.v1.NodeGetCapabilitiesResponse;
import dev.berth.node.csi.v1.NodeGetInfoRequest;
import dev.berth.node.csi.v1.NodeGetInfoResponse;
import dev.berth.node.csi.v1.NodeGetVolumeStatsRequest;
import dev.berth.node.csi.v1.NodeGetVolumeStatsResponse;
import dev.berth.node.csi.v1.NodeGrpc;
import dev.berth.node.csi.v1.NodePublishVolumeRequest;
import dev.berth.node.csi.v1.NodePublishVolumeResponse;
import dev.berth.node.csi.v1.NodeServiceCapability;
import dev.berth.node.csi.v1.NodeStageVolumeRequest;
import dev.berth.node.csi.v1.NodeStageVolumeResponse;
import dev.berth.node.csi.v1.NodeUnpublishVolumeRequest;
import dev.berth.node.csi.v1.NodeUnpublishVolumeResponse;
import dev.berth.node.csi.v1.NodeUnstageVolumeRequest;
import dev.berth.node.csi.v1.NodeUnstageVolumeResponse;
import dev.berth.node.csi.v1.VolumeCondition;
import dev.berth.node.csi.v1.VolumeUsage;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The Node service: checks each request, then hands it to the driver. */
final class NodeService extends NodeGrpc.NodeImplBase {
    private static final Duration LEAST_MARGIN = Duration.ofMillis(500);
    private static final Duration MARGIN = Duration.ofSeconds(5);

    private final String nodeId;
    private final PublishCalls publishes;
    private final Driver driver;
    private final Duration callTimeout;

    NodeService(String nodeId, PublishCalls publishes, Driver driver, Duration callTimeout) {
        this.nodeId = nodeId;
        this.publishes = publishes;
        this.driver = driver;
        this.callTimeout = callTimeout;
    }

    @Override
    public void nodeGetInfo(NodeGetInfoRequest request, StreamObserver<NodeGetInfoResponse> reply) {
        Answers.to(
                reply,
                "NodeGetInfo",
                () -> NodeGetInfoResponse.newBuilder().setNodeId(nodeId).build());
    }

    @Override
    public void nodeGetCapabilities(
            NodeGetCapabilitiesRequest request, StreamObserver<NodeGetCapabilitiesResponse> reply) {
        Answers.to(
                reply,
                "NodeGetCapabilities",
                () -> NodeGetCapabilitiesResponse.newBuilder()
                        .addCapabilities(capability(NodeServiceCapability.RPC.Type.GET_VOLUME_STATS))
                        .addCapabilities(capability(NodeServiceCapability.RPC.Type.VOLUME_CONDITION))
                        .build());
    }

    private static NodeServiceCapability capability(NodeServiceCapability.RPC.Type type) {
        return NodeServiceCapability.newBuilder()
                .setRpc(NodeServiceCapability.RPC.newBuilder().setType(type))
                .build();
    }

    @Override
    public void nodePublishVolume(NodePublishVolumeRequest request, StreamObserver<NodePublishVolumeResponse> reply) {
        try (CallLog log = CallLog.of(request.getVolumeId(), request.getTargetPath())
                .pod(ContextKeys.pod(request.getVolumeContextMap()))) {
            Answers.to(reply, "NodePublishVolume", () -> {
                publishes.publish(request, log, deadline());
                return NodePublishVolumeResponse.getDefaultInstance();
            });
        }
    }

    @Override
    public void nodeUnpublishVolume(
            NodeUnpublishVolumeRequest request, StreamObserver<NodeUnpublishVolumeResponse> reply) {
        try (CallLog log = CallLog.of(request.getVolumeId(), request.getTargetPath())) {
            Answers.to(reply, "NodeUnpublishVolume", () -> {
                String id = TargetPaths.volumeId(request.getVolumeId());
                driver.unpublish(id, TargetPaths.absolute("target path", request.getTargetPath()), deadline());
                log.done("unpublished");
                return NodeUnpublishVolumeResponse.getDefaultInstance();
            });
        }
    }

    @Override
    public void nodeGetVolumeStats(
            NodeGetVolumeStatsRequest request, StreamObserver<NodeGetVolumeStatsResponse> reply) {
        Answers.to(reply, "NodeGetVolumeStats", () -> {
            String id = TargetPaths.volumeId(request.getVolumeId());
            VolumeStats stats = driver.stats(id, volumePath(request.getVolumePath()));
            return NodeGetVolumeStatsResponse.newBuilder()
                    .addUsage(usage(VolumeUsage.Unit.BYTES, stats.bytes()))
                    .addUsage(usage(VolumeUsage.Unit.INODES, stats.inodes()))
                    .setVolumeCondition(VolumeCondition.newBuilder()
                            .setAbnormal(!stats.healthy())
                            .setMessage(stats.condition()))
                    .build();
        });
    }

    /** Nothing is ever published at a relative path, so it is the path of no volume. */
    private static Path volumePath(String path) {
        if (!path.isEmpty() && !path.startsWith("/")) {
            throw new CsiException(Status.Code.NOT_FOUND, "no volume is published at " + quote(path));
        }
        return TargetPaths.absolute("volume path", path);
    }

    private static VolumeUsage usage(VolumeUsage.Unit unit, VolumeStats.Usage usage) {
        return VolumeUsage.newBuilder()
                .setUnit(unit)
                .setTotal(usage.total())
                .setUsed(usage.used())
                .setAvailable(usage.available())
                .build();
    }

    @Override
    public void nodeStageVolume(NodeStageVolumeRequest request, StreamObserver<NodeStageVolumeResponse> reply) {
        Answers.to(reply, "NodeStageVolume", unimplemented("staging"));
    }

    @Override
    public void nodeUnstageVolume(NodeUnstageVolumeRequest request, StreamObserver<NodeUnstageVolumeResponse> reply) {
        Answers.to(reply, "NodeUnstageVolume", unimplemented("staging"));
    }

    @Override
    public void nodeExpandVolume(NodeExpandVolumeRequest request, StreamObserver<NodeExpandVolumeResponse> reply) {
        Answers.to(reply, "NodeExpandVolume", unimplemented("expansion"));
    }

    private static <T> Supplier<T> unimplemented(String what) {
        return () -> {
            throw new CsiException(Status.Code.UNIMPLEMENTED, what + " is not supported: volumes are ephemeral");
        };
    }

    /** The caller's deadline, or ours if that is sooner; a little less, so that it is we who say why there is no answer. */
    private Deadline deadline() {
        Deadline own = Deadline.after(callTimeout.toMillis(), TimeUnit.MILLISECONDS);
        Deadline callers = Context.current().getDeadline();
        if (callers == null) {
            return own;
        }
        long left = callers.timeRemaining(TimeUnit.MILLISECONDS);
        long margin = Math.min(left / 2, Math.clamp(left / 20, LEAST_MARGIN.toMillis(), MARGIN.toMillis()));
        return own.minimum(callers.offset(-margin, TimeUnit.MILLISECONDS));
    }
}
