package dev.berth.node.csi;

import static dev.berth.nix.FormatException.quote;

import dev.berth.node.csi.v1.VolumeCapability;
import dev.berth.node.csi.v1.VolumeCapability.AccessMode.Mode;

/** Checks what a volume is wanted for. */
final class Capabilities {
    private Capabilities() {}

    /**
     * Whether the volume is wanted for reading only.
     *
     * @throws CsiException if it is wanted in a way that store paths can't serve
     */
    static boolean readOnly(VolumeCapability capability) {
        boolean flagged = switch (capability.getAccessTypeCase()) {
            case BLOCK -> throw TargetPaths.invalid("the volume is wanted as a block device; store paths are files");
            case ACCESSTYPE_NOT_SET -> throw TargetPaths.invalid("the volume capability says neither mount nor block");
            case MOUNT -> readOnly(capability.getMount());
        };
        Mode mode = capability.getAccessMode().getMode();
        return switch (mode) {
            case SINGLE_NODE_WRITER, SINGLE_NODE_SINGLE_WRITER, SINGLE_NODE_MULTI_WRITER -> flagged;
            case SINGLE_NODE_READER_ONLY, MULTI_NODE_READER_ONLY -> true;
            case MULTI_NODE_SINGLE_WRITER, MULTI_NODE_MULTI_WRITER ->
                throw TargetPaths.invalid(
                        "the access mode " + mode + " is not supported: what is written to a volume stays on its node");
            case UNKNOWN, UNRECOGNIZED -> throw TargetPaths.invalid("the volume capability has no known access mode");
        };
    }

    private static boolean readOnly(VolumeCapability.MountVolume mount) {
        if (!mount.getFsType().isEmpty()) {
            throw TargetPaths.invalid("the volume has the file system type " + quote(mount.getFsType())
                    + "; a volume of store paths has none: leave fsType out");
        }
        if (!mount.getVolumeMountGroup().isEmpty()) {
            throw TargetPaths.invalid("a volume mount group is not supported");
        }
        boolean readOnly = false;
        for (String flag : mount.getMountFlagsList()) {
            switch (flag) {
                case "ro" -> readOnly = true;
                case "rw" -> {}
                default -> throw TargetPaths.invalid("unknown mount flag " + quote(flag) + "; known are ro, rw");
            }
        }
        return readOnly;
    }
}
