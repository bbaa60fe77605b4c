package dev.berth.node.csi;

import dev.berth.node.csi.v1.GetPluginCapabilitiesRequest;
import dev.berth.node.csi.v1.GetPluginCapabilitiesResponse;
import dev.berth.node.csi.v1.GetPluginInfoRequest;
import dev.berth.node.csi.v1.GetPluginInfoResponse;
import dev.berth.node.csi.v1.IdentityGrpc;
import dev.berth.node.csi.v1.NodeGetCapabilitiesRequest;
import dev.berth.node.csi.v1.NodeGetCapabilitiesResponse;
import dev.berth.node.csi.v1.NodeGetInfoRequest;
import dev.berth.node.csi.v1.NodeGetInfoResponse;
import dev.berth.node.csi.v1.NodeGetVolumeStatsRequest;
import dev.berth.node.csi.v1.NodeGetVolumeStatsResponse;
import dev.berth.node.csi.v1.NodeGrpc;
import dev.berth.node.csi.v1.NodePublishVolumeRequest;
import dev.berth.node.csi.v1.NodeUnpublishVolumeRequest;
import dev.berth.node.csi.v1.ProbeRequest;
import dev.berth.node.grpc.UnixChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractBlockingStub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Calls a CSI driver on its unix socket as kubelet does. Blocking; every call has the deadline that the client was made
 * with. Safe for use by many threads. Every call may throw {@link CsiException}.
 */
public final class CsiClient implements AutoCloseable {
    private final UnixChannel channel;
    private final Duration deadline;

    private CsiClient(Path socket, Duration deadline, String authority) {
        this.deadline = deadline;
        this.channel = new UnixChannel(socket, authority);
    }

    /**
     * A client of the driver at a socket; connects at the first call.
     *
     * @param deadline of each call; kubelet's is two minutes
     */
    public static CsiClient connect(Path socket, Duration deadline) {
        return connect(socket, deadline, UnixChannel.AUTHORITY);
    }

    static CsiClient connect(Path socket, Duration deadline, String authority) {
        return new CsiClient(socket, deadline, authority);
    }

    /** Publishes a volume of a pod: fetches and mounts it. */
    public void publish(InlineVolume volume) {
        publish(volume.request());
    }

    /** Publishes with any request. */
    void publish(NodePublishVolumeRequest request) {
        call(() -> node().nodePublishVolume(request));
    }

    /** Unmounts a volume; when it returns the mount is gone. */
    public void unpublish(String volumeId, Path target) {
        call(() -> node().nodeUnpublishVolume(NodeUnpublishVolumeRequest.newBuilder()
                .setVolumeId(volumeId)
                .setTargetPath(target.toString())
                .build()));
    }

    /** Bytes and inodes of a published volume. */
    public NodeGetVolumeStatsResponse stats(String volumeId, Path target) {
        return call(() -> node().nodeGetVolumeStats(NodeGetVolumeStatsRequest.newBuilder()
                .setVolumeId(volumeId)
                .setVolumePath(target.toString())
                .build()));
    }

    /** Whether the driver says that it is ready. */
    public boolean ready() {
        return call(() -> identity().probe(ProbeRequest.getDefaultInstance()))
                .getReady()
                .getValue();
    }

    /** The driver's name and version. */
    public GetPluginInfoResponse pluginInfo() {
        return call(() -> identity().getPluginInfo(GetPluginInfoRequest.getDefaultInstance()));
    }

    /** What the driver as a whole can do. */
    public GetPluginCapabilitiesResponse pluginCapabilities() {
        return call(() -> identity().getPluginCapabilities(GetPluginCapabilitiesRequest.getDefaultInstance()));
    }

    /** The node as the driver calls it. */
    public NodeGetInfoResponse nodeInfo() {
        return call(() -> node().nodeGetInfo(NodeGetInfoRequest.getDefaultInstance()));
    }

    /** What the driver can do on this node. */
    public NodeGetCapabilitiesResponse nodeCapabilities() {
        return call(() -> node().nodeGetCapabilities(NodeGetCapabilitiesRequest.getDefaultInstance()));
    }

    /** Closes the connection; calls under way fail. */
    @Override
    public void close() {
        channel.close();
    }

    /** The stub of the Node service with the deadline of one call. */
    NodeGrpc.NodeBlockingStub node() {
        return timed(NodeGrpc.newBlockingStub(channel.channel()));
    }

    private IdentityGrpc.IdentityBlockingStub identity() {
        return timed(IdentityGrpc.newBlockingStub(channel.channel()));
    }

    private <S extends AbstractBlockingStub<S>> S timed(S stub) {
        return stub.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static <T> T call(Supplier<T> rpc) {
        try {
            return rpc.get();
        } catch (StatusRuntimeException e) {
            throw CsiException.of(e.getStatus());
        }
    }
}
