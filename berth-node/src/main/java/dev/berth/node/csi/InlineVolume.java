package dev.berth.node.csi;

import dev.berth.nix.Hash;
import dev.berth.nix.HashFormat;
import dev.berth.node.csi.v1.NodePublishVolumeRequest;
import dev.berth.node.csi.v1.VolumeCapability;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * An ephemeral volume of a pod as kubelet hands it to a driver (pkg/volume/csi/csi_mounter.go): the id is made from the
 * pod and the volume's name, and the pod is told in the volume's context.
 *
 * @param pod the pod that it belongs to
 * @param name the volume's name in the pod
 * @param target where it is to be mounted; the parent exists, the last component need not
 * @param readOnly {@code csi.readOnly} of the volume
 * @param attributes {@code csi.volumeAttributes} of the volume, and what the caller adds, such as {@link #POD_SPEC}
 */
public record InlineVolume(Pod pod, String name, Path target, boolean readOnly, Map<String, String> attributes) {
    /**
     * The pod that a volume belongs to.
     *
     * @param name of the pod
     * @param namespace of the pod
     * @param uid of the pod
     * @param serviceAccount its service account's name
     */
    public record Pod(String name, String namespace, String uid, String serviceAccount) {}

    /** The key of the attribute that holds the pod's specification as JSON: store paths in it join the volume. */
    public static final String POD_SPEC = ContextKeys.POD_SPEC;

    /** Copies the map. */
    public InlineVolume {
        attributes = Map.copyOf(attributes);
    }

    /** The id that kubelet gives it: {@code csi-} and the SHA-256 of the pod's uid and the volume's name. */
    public String volumeId() {
        return "csi-"
                + Hash.sha256((pod.uid() + name).getBytes(StandardCharsets.UTF_8))
                        .format(HashFormat.BASE16, false);
    }

    /** The name of a volume by where kubelet wants it: {@code …/volumes/kubernetes.io~csi/<name>/mount}; else the whole path. */
    public static String nameAt(String target) {
        String[] parts = target.split("/", -1);
        return parts.length > 2 && parts[parts.length - 1].equals("mount") ? parts[parts.length - 2] : target;
    }

    /** The request as kubelet makes it. */
    NodePublishVolumeRequest request() {
        return NodePublishVolumeRequest.newBuilder()
                .setVolumeId(volumeId())
                .setTargetPath(target.toString())
                .setReadonly(readOnly)
                .setVolumeCapability(VolumeCapability.newBuilder()
                        .setMount(VolumeCapability.MountVolume.getDefaultInstance())
                        .setAccessMode(VolumeCapability.AccessMode.newBuilder()
                                .setMode(VolumeCapability.AccessMode.Mode.SINGLE_NODE_WRITER)))
                .putAllVolumeContext(attributes)
                .putVolumeContext(ContextKeys.POD_NAME, pod.name())
                .putVolumeContext(ContextKeys.POD_NAMESPACE, pod.namespace())
                .putVolumeContext(ContextKeys.POD_UID, pod.uid())
                .putVolumeContext(ContextKeys.SERVICE_ACCOUNT, pod.serviceAccount())
                .putVolumeContext(ContextKeys.EPHEMERAL, "true")
                .build();
    }
}
