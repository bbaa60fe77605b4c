package dev.berth.wire;

/** How to build; on the wire by its ordinal (libstore/store-api.hh). */
public enum BuildMode {
    /** What is not valid yet. */
    NORMAL,
    /** What is damaged; for trusted clients. */
    REPAIR,
    /** What is valid already, to compare. */
    CHECK
}
