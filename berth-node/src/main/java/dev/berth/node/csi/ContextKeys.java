package dev.berth.node.csi;

import dev.berth.node.pods.PodRef;
import java.util.Map;

/** The keys of a volume's context that do not come from the volume's own attributes. */
final class ContextKeys {
    /** All keys that kubelet adds start with this. */
    static final String KUBELET = "csi.storage.k8s.io/";

    static final String EPHEMERAL = KUBELET + "ephemeral";
    static final String POD_NAME = KUBELET + "pod.name";
    static final String POD_NAMESPACE = KUBELET + "pod.namespace";
    static final String POD_UID = KUBELET + "pod.uid";
    static final String SERVICE_ACCOUNT = KUBELET + "serviceAccount.name";

    /** The pod's specification as JSON, from a caller that has it: store paths in it join the volume. */
    static final String POD_SPEC = "berth.dev/pod-spec";

    private ContextKeys() {}

    /** The pod that a context is about; what it does not tell is empty. */
    static PodRef pod(Map<String, String> context) {
        return new PodRef(
                context.getOrDefault(POD_NAMESPACE, ""),
                context.getOrDefault(POD_NAME, ""),
                context.getOrDefault(POD_UID, ""));
    }
}
