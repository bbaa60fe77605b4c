package dev.berth.node.events;

/** Why there is an event: a closed list, so that users can select by it. There is one event for each pod and reason. */
public enum Reason {
    /** A volume is mounted: how many store paths, and how long it took. */
    VOLUME_MOUNT("VolumeMount", Type.NORMAL),
    /** A volume could not be mounted: why. Kubelet tries again. */
    FAILED_VOLUME_MOUNT("FailedVolumeMount", Type.WARNING),
    /** A volume is no longer mounted. */
    VOLUME_UNMOUNT("VolumeUnmount", Type.NORMAL),
    /** A volume could not be unmounted, or something of it could not be removed. */
    FAILED_VOLUME_CLEANUP("FailedVolumeCleanup", Type.WARNING),
    /** A closure is being fetched: how far it is. */
    FETCH("Fetch", Type.NORMAL),
    /** An expression is being evaluated and built: what Nix said last. */
    BUILD("Build", Type.NORMAL),
    /** An expression was built: what it came to. */
    BUILD_SUCCEEDED("BuildSucceeded", Type.NORMAL),
    /** An expression could not be evaluated or built: the end of the log. */
    BUILD_FAILED("BuildFailed", Type.WARNING),
    /** Something that is not allowed to the pod's namespace: what, and by which rule. */
    POLICY_VIOLATION("PolicyViolation", Type.WARNING),
    /** A container was given its store paths without a volume. */
    INJECTION("Injection", Type.NORMAL),
    /** A container could not be given its store paths, or runs without them. */
    FAILED_INJECTION("FailedInjection", Type.WARNING),
    /** A container mounts a volume at {@code /nix} without {@code subPath: nix}. */
    MISSING_SUB_PATH("MissingSubPath", Type.WARNING),
    /** A container names store paths and has nothing mounted at {@code /nix}. */
    MISSING_NIX_MOUNT("MissingNixMount", Type.WARNING),
    /** A volume names the driver by one of its older names. */
    DEPRECATED_DRIVER_NAME("DeprecatedDriverName", Type.WARNING),
    /** The node's kernel lacks what the agent can't do without. */
    KERNEL_INCOMPATIBLE("KernelIncompatible", Type.WARNING),
    /** The node's kernel lacks something that the agent does without. */
    KERNEL_LIMITED("KernelLimited", Type.WARNING),
    /** A defect of the agent. */
    INTERNAL_ERROR("InternalError", Type.WARNING);

    /** How events are marked. */
    public enum Type {
        /** As it should be. */
        NORMAL("Normal"),
        /** Somebody should look at it. */
        WARNING("Warning");

        private final String word;

        Type(String word) {
            this.word = word;
        }

        /** The API's word for it. */
        public String word() {
            return word;
        }
    }

    private static final String PREFIX = "Nix";

    private final String word;
    private final Type type;

    Reason(String word, Type type) {
        this.word = PREFIX + word;
        this.type = type;
    }

    /** As the event has it, such as {@code NixVolumeMount}. */
    public String word() {
        return word;
    }

    /** What the agent was doing, as the API wants it to be told: the word without the prefix. */
    String action() {
        return word.substring(PREFIX.length());
    }

    /** Normal or warning. */
    public Type type() {
        return type;
    }
}
