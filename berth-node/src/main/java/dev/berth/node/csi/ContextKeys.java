package dev.berth.node.csi;

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
}
