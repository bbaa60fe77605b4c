package dev.berth.nix.nar;

/** What a NAR may hold here. Linux could not make anything beyond these on a disk. */
public final class NarLimits {
    /**
     * The most directories that may stand in each other, the root included. A deeper tree has files whose paths exceed
     * PATH_MAX (4,096 bytes), which Nix can neither restore nor dump.
     */
    public static final int DEPTH = 2048;

    /** The most bytes of a name: NAME_MAX. */
    public static final int NAME = 255;

    /** The most bytes of a symbolic link's target: PATH_MAX without the final NUL. */
    public static final int TARGET = 4095;

    /** The most bytes of a file: 2^60, above which sums of sizes would come near the range of a {@code long}. */
    public static final long FILE = 1L << 60;

    private NarLimits() {}
}
